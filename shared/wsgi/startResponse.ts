/**
 * The rules of PEP 3333 that raise inside the application: the twin of the same rules in wsgiscope_worker/rules.py, word for
 * word. One table of transcripts tests both.
 */
import type { Header } from './application.ts'
import type { RuleId } from './referee.ts'

/** The names of Python's exceptions, which a reader of PEP 3333 looks for. */
export class AssertionError extends Error {
  override readonly name = 'AssertionError'
}
export class ValueError extends Error {
  override readonly name = 'ValueError'
}

// PEP 3333: three digits, a space, a reason without white space around it or control characters.
const STATUS = /^[1-9][0-9]{2} [!-~\x80-\xff](?:[ -~\x80-\xff]*[!-~\x80-\xff])?$/
const NAME = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/
const VALUE = /^[ -~\x80-\xff]*$/
export const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'trailers',
  'transfer-encoding',
  'upgrade',
])

const section = (title: string) => ` (PEP 3333, "${title}")`
const START_RESPONSE = section('The start_response() Callable')
const STRING_TYPES = section('A Note On String Types')
const HOP_SECTION = section('Other HTTP Features')
const DETAILS = section('Specification Details')
const WRITE = section('The write() Callable')

/** Safe to share: each exception is of one call, is marked once, and goes with it. */
const RULE_OF = new WeakMap<Error, RuleId>()

/** Marks the exception that is thrown because `rule` is broken. */
export function broken<E extends Error>(rule: RuleId, error: E): E {
  RULE_OF.set(error, rule)
  return error
}

/** The rule that the exception, or one that caused it, comes from; null where there is none. */
export function ruleOf(error: unknown): RuleId | null {
  try {
    let cause = error
    for (let depth = 0; depth < 20 && cause instanceof Error; depth++) {
      const rule = RULE_OF.get(cause)
      if (rule !== undefined) return rule
      cause = cause.cause
    }
  } catch {
    // What is thrown may be a Proxy, or have a cause that throws when it is looked at: then it is nothing of ours.
  }
  return null
}

/** Python's names of types, as far as JavaScript has the types. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'string') return 'str'
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float'
  if (typeof value === 'function') return 'function'
  if (value instanceof Uint8Array) return 'bytes'
  if (Array.isArray(value)) return 'list'
  const name: unknown = Object.getPrototypeOf(value)?.constructor?.name
  return typeof name === 'string' && name !== 'Object' ? name : 'dict'
}

/** As Python's ascii() writes a string. */
export function quote(text: string): string {
  const NAMED: Record<string, string> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' }
  let body = ''
  for (const letter of text) {
    const code = letter.codePointAt(0) ?? 0
    const named = NAMED[letter]
    if (named !== undefined) body += named
    else if (code >= 32 && code < 127) body += letter
    else if (code < 256) body += `\\x${code.toString(16).padStart(2, '0')}`
    else if (code < 65536) body += `\\u${code.toString(16).padStart(4, '0')}`
    else body += `\\U${code.toString(16).padStart(8, '0')}`
  }
  if (!text.includes("'")) return `'${body}'`
  return text.includes('"') ? `'${body.replaceAll("'", "\\'")}'` : `"${body}"`
}

/** Throws unless `text` is a string (else `rule`) of characters up to U+00FF without control characters. */
function checkNative(what: string, text: unknown, rule: RuleId): asserts text is string {
  if (typeof text !== 'string') {
    throw broken(rule, new TypeError(`${what} must be a str, not ${typeName(text)}${STRING_TYPES}`))
  }
  for (const letter of text) {
    if (letter > '\xff') {
      const message = `${what} has a character outside latin-1: ${quote(letter)}${STRING_TYPES}`
      throw broken('not-latin1', new ValueError(message))
    }
    if (letter < ' ' || letter === '\x7f') {
      const message = `${what} has a control character: ${quote(letter)}${START_RESPONSE}`
      throw broken('control-character', new ValueError(message))
    }
  }
}

function checkStatus(status: unknown): asserts status is string {
  if (typeof status !== 'string' || !STATUS.test(status)) {
    checkNative('the status', status, 'status-not-str')
    const message = `the status must be three digits, a space and a reason, not ${quote(status)}${START_RESPONSE}`
    throw broken('status-form', new ValueError(message))
  }
  if (status.startsWith('1')) {
    const message = `${quote(status)} is no final answer, and for the server alone (RFC 9110, 15.2)`
    throw broken('status-informational', new ValueError(message))
  }
}

function checkHeaders(headers: unknown): asserts headers is Header[] {
  if (!Array.isArray(headers)) {
    const message = `the headers must be a list, not ${typeName(headers)}${START_RESPONSE}`
    throw broken('headers-not-list', new TypeError(message))
  }
  for (const item of headers) {
    if (!Array.isArray(item) || item.length !== 2) {
      const message = `each header must be a tuple of name and value${START_RESPONSE}`
      throw broken('header-not-pair', new TypeError(message))
    }
    const [name, value]: unknown[] = item
    if (typeof name !== 'string' || !NAME.test(name)) {
      checkNative('a header name', name, 'header-not-str')
      throw broken('header-name', new ValueError(`not a header name: ${quote(name)} (RFC 9110, 5.1)`))
    }
    if (typeof value !== 'string' || !VALUE.test(value)) checkNative(`the value of ${name}`, value, 'header-not-str')
    if (HOP_BY_HOP.has(name.toLowerCase())) {
      const rule = name.toLowerCase() === 'transfer-encoding' ? 'transfer-encoding' : 'hop-by-hop'
      throw broken(rule, new ValueError(`${name} is a hop-by-hop header, for the server alone${HOP_SECTION}`))
    }
  }
}

/** The same limits as in wsgiscope_worker/limits.py: more than any browser reads. */
const MOST_HEADERS = 1000
const HEADERS_LENGTH = 256 * 1024

function checkHeadSize(status: string, headers: readonly Header[]): void {
  const length = headers.reduce((sum, [name, value]) => sum + name.length + value.length, status.length)
  if (headers.length <= MOST_HEADERS && length <= HEADERS_LENGTH) return
  const may = `one response may have ${MOST_HEADERS}, of ${HEADERS_LENGTH} together`
  throw new ValueError(`too many headers: ${headers.length}, of ${length} characters; ${may}`)
}

/** Where one request stands between the application and its response's head. */
export class ResponseStart {
  #started = false
  /** Once the first chunk that is not empty, or the first write(), has gone: status and headers can change no more. */
  headersOut = false

  /**
   * Checks one call of start_response.
   * @throws TypeError, ValueError or AssertionError for a broken rule; `error` itself once the headers are out.
   */
  start(status: unknown, headers: unknown, error: unknown): { status: string; headers: Header[]; error: Error | null } {
    checkStatus(status)
    checkHeaders(headers)
    checkHeadSize(status, headers)
    const given = error === undefined || error === null ? null : error
    if (given !== null && !(given instanceof Error)) {
      const message = `exc_info must be what sys.exc_info() gives while an exception is handled${START_RESPONSE}`
      throw broken('exc-info-form', new TypeError(message))
    }
    if (given === null && this.#started) {
      const message = `start_response() a second time, without exc_info${START_RESPONSE}`
      throw broken('start-response-twice', new AssertionError(message))
    }
    if (given !== null && this.headersOut) throw broken('exc-info-late', given)
    this.#started = true
    return { status, headers: headers.map(([name, value]): Header => [name, value]), error: given }
  }

  /** Checks what is given to write(). */
  write(data: unknown): Uint8Array {
    if (!(data instanceof Uint8Array)) {
      throw broken('write-not-bytes', new TypeError(`write() takes bytes, not ${typeName(data)}${WRITE}`))
    }
    this.headersOut = true
    return data
  }

  /** Checks what the iterable gave. */
  chunk(chunk: unknown): Uint8Array {
    if (!(chunk instanceof Uint8Array)) {
      throw broken('chunk-not-bytes', new TypeError(`each chunk must be bytes, not ${typeName(chunk)}${DETAILS}`))
    }
    if (chunk.length > 0) this.headersOut = true
    return chunk
  }

  /** What to say of a result that cannot be iterated over. */
  static notIterable(result: unknown): TypeError {
    const rule = typeof result === 'string' ? 'result-str' : 'result-not-iterable'
    const message = `the application returned ${typeName(result)}, not an iterable of bytes${DETAILS}`
    return broken(rule, new TypeError(message))
  }
}
