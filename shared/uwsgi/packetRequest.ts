/** What the variables of a packet ask for, and the rules that need to know what they mean. */
import { isDigits, isToken } from '../http1/grammar.ts'
import type { ReadLimits } from '../http1/limits.ts'
import { ProtocolError, type RefusalCode } from '../refusals/refusals.ts'
import { BARE_TWINS, type PacketHeader, TRANSFER_ENCODING, type Variable, type VariableDropped } from './packet.ts'

/** uWSGI would load what these name, change its folder or its process for them, or answer from its cache ("uwsgi protocol magic variables"). */
const CODE: ReadonlySet<string> = new Set([
  ...['UWSGI_SCRIPT', 'UWSGI_MODULE', 'UWSGI_CALLABLE', 'UWSGI_FILE', 'UWSGI_PYHOME', 'UWSGI_CHDIR', 'UWSGI_APPID'],
  ...['UWSGI_TOUCH_RELOAD', 'UWSGI_SETENV', 'UWSGI_CACHE_GET', 'UWSGI_POSTFILE'],
])

/** Decoded, or a name of a file: any character may stand there. Everything else has been a line of HTTP. */
const ANY_CHARACTER: ReadonlySet<string> = new Set(['PATH_INFO', 'SCRIPT_NAME', 'PATH_TRANSLATED', 'DOCUMENT_ROOT'])

// RFC 9110 5.5 for fields; a horizontal tab is the only control character that may stand in one.
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\0-\x08\x0a-\x1f\x7f]/

export const isHeader = (name: string): boolean => name.startsWith('HTTP_')

export interface PacketRequest {
  readonly header: PacketHeader
  /** All that came, those that are dropped included. */
  readonly variables: readonly Variable[]
  readonly method: string
  /** Bytes of the body; null where none is announced. */
  readonly contentLength: number | null
  /** The variable that says that the client came by https, where one does. */
  readonly secure: Variable | null
}

/** @throws ProtocolError */
export function readRequest(header: PacketHeader, came: readonly Variable[], limits: ReadLimits): PacketRequest {
  const last = new Map<string, Variable>()
  for (const variable of came) {
    checkValue(variable)
    last.set(variable.name, variable)
  }
  const method = last.get('REQUEST_METHOD')
  if (method === undefined || !isToken(method.value)) throw fault('variable-method', method ?? null)
  for (const name of ['PATH_INFO', 'SCRIPT_NAME']) {
    const path = last.get(name)
    if (path !== undefined && !/^(\/|$)/.test(path.value)) throw fault('variable-path', path, name)
  }
  const protocol = last.get('SERVER_PROTOCOL')
  if (protocol !== undefined && !/^HTTP\/\d(\.\d)?$/.test(protocol.value)) throw fault('variable-protocol', protocol)
  return {
    header,
    variables: came.map((variable) => ({ ...variable, dropped: droppedAs(variable, last) })),
    method: method.value,
    contentLength: bodyLength(came, last, limits),
    secure: secureBy(last),
  }
}

function checkValue(variable: Variable): void {
  const { name, value, valueStart } = variable
  if (ANY_CHARACTER.has(name)) return
  const at = value.search(CONTROL)
  if (at !== -1) {
    throw new ProtocolError('variable-value', { start: valueStart + at, end: valueStart + at + 1 }, name)
  }
}

/** The bytes at fault are the variable's value, or, where that is empty, its name. */
function fault(code: RefusalCode, variable: Variable | null, detail: string | number = ''): ProtocolError {
  if (variable === null) return new ProtocolError(code, null, detail)
  const { name, value, nameStart, valueStart } = variable
  const [start, text] = value === '' ? [nameStart, name] : [valueStart, value]
  return new ProtocolError(code, { start, end: start + text.length }, detail)
}

/** Repeated headers are one list; of other variables the last one counts, as in uWSGI. */
function droppedAs(variable: Variable, last: ReadonlyMap<string, Variable>): VariableDropped | null {
  const { name } = variable
  if (CODE.has(name)) return 'code'
  if (name.startsWith('wsgi.')) return 'server-key'
  if (BARE_TWINS.has(name)) return 'bare-twin'
  if (name === TRANSFER_ENCODING) return 'coding-undone'
  return isHeader(name) || last.get(name) === variable ? null : 'repeated'
}

function bodyLength(came: readonly Variable[], last: ReadonlyMap<string, Variable>, limits: ReadLimits): number | null {
  const length = last.get('CONTENT_LENGTH')
  const coding = last.get(TRANSFER_ENCODING)
  if (length === undefined || length.value === '') {
    if (coding !== undefined) throw fault('variable-length-missing', coding)
    if (came.some(({ name, value }) => name === 'CONTENT_LENGTH' && value !== ''))
      throw fault('variable-length-repeated', length ?? null)
    return null
  }
  const other = came.find(({ name, value }) => name === 'CONTENT_LENGTH' && value !== length.value)
  if (other !== undefined) throw fault('variable-length-repeated', other)
  if (!isDigits(length.value)) throw fault('length-invalid', length)
  if (Number(length.value) > limits.body) throw fault('body-too-large', length, limits.body)
  return Number(length.value)
}

/** As uWSGI decides it: UWSGI_SCHEME says it, or HTTPS, which is `on` or begins with 1. */
function secureBy(last: ReadonlyMap<string, Variable>): Variable | null {
  const scheme = last.get('UWSGI_SCHEME')
  if (scheme !== undefined && scheme.value !== '') return scheme.value.toLowerCase() === 'https' ? scheme : null
  const https = last.get('HTTPS')
  return https !== undefined && /^(on|1)/i.test(https.value) ? https : null
}
