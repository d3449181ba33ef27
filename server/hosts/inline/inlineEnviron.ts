/** The environ that an application in this process is called with, and what it does to it. */
import type { EnvironEntry } from '../../../shared/trace/events.ts'
import type { Environ, WsgiErrors, WsgiInput } from '../../../shared/wsgi/application.ts'
import { quote, typeName } from '../../../shared/wsgi/startResponse.ts'
import { fileWrapper } from './fileWrapper.ts'
import { errorType, isError } from './thrown.ts'

const VERSION = [1, 0] as const

/** What is not text in it. */
export interface EnvironObjects {
  input: WsgiInput
  errors: WsgiErrors
  multithread: boolean
}

/** PEP 3333, "environ Variables". What every request has stands in one literal, so that all of them have one shape. */
export function environOf(entries: readonly EnvironEntry[], objects: EnvironObjects): Environ {
  const environ: Environ = {
    REQUEST_METHOD: '',
    SCRIPT_NAME: '',
    PATH_INFO: '',
    QUERY_STRING: '',
    SERVER_NAME: '',
    SERVER_PORT: '',
    SERVER_PROTOCOL: '',
    'wsgi.url_scheme': 'http',
    'wsgi.version': VERSION,
    'wsgi.input': objects.input,
    'wsgi.errors': objects.errors,
    'wsgi.multithread': objects.multithread,
    'wsgi.multiprocess': false,
    'wsgi.run_once': false,
    'wsgi.input_terminated': true,
    'wsgi.file_wrapper': fileWrapper,
  }
  for (const { key, value, type } of entries) {
    if (type !== 'str') continue
    if (key === '__proto__') Object.defineProperty(environ, key, { value, enumerable: true, writable: true })
    else environ[key] = value
  }
  return environ
}

export interface EnvironChange {
  key: string
  /** As Python's repr() would show it; null where the key was not there, or is not any more. */
  before: string | null
  after: string | null
  /** PEP 3333: of CGI's names and HTTP_*, the values are native strings. */
  native: boolean
}

/** Says what has changed in an environ since it was last asked. */
export class EnvironWatch {
  readonly #environ: Environ
  #before: Record<string, unknown>

  constructor(environ: Environ) {
    this.#environ = environ
    this.#before = { ...environ }
  }

  changes(): EnvironChange[] {
    const before = this.#before
    const environ = this.#environ
    const changes: EnvironChange[] = []
    for (const key of new Set([...Object.keys(environ), ...Object.keys(before)])) {
      if (Object.is(before[key], environ[key])) continue
      const show = (values: Record<string, unknown>) => (key in values ? shortRepr(values[key]) : null)
      const native = !(key in environ) || !CGI_KEY.test(key) || isNative(environ[key])
      changes.push({ key, before: show(before), after: show(environ), native })
    }
    this.#before = { ...environ }
    return changes
  }
}

/** Those that PEP 3333 takes over from CGI; under any other name an application may keep what it likes. */
const CGI_KEY = new RegExp(
  '^(HTTP_|(AUTH_TYPE|CONTENT_(LENGTH|TYPE)|GATEWAY_INTERFACE|PATH_(INFO|TRANSLATED)|QUERY_STRING|' +
    'REMOTE_(ADDR|HOST|IDENT|USER)|REQUEST_METHOD|SCRIPT_NAME|SERVER_(NAME|PORT|PROTOCOL|SOFTWARE))$)',
)

const isNative = (value: unknown): boolean => typeof value === 'string' && ![...value].some((letter) => letter > '\xff')

function shortRepr(value: unknown): string {
  let text: string
  try {
    text = reprOf(value)
  } catch (error) {
    text = `<repr() failed: ${isError(error) ? errorType(error) : 'it threw no error'}>`
  }
  return text.length <= 200 ? text : `${text.slice(0, 199)}…`
}

function reprOf(value: unknown): string {
  if (typeof value === 'string') return quote(value)
  if (typeof value === 'object' && value !== null) return `<${typeName(value)}>`
  return typeof value === 'function' ? `<function ${value.name}>` : String(value)
}
