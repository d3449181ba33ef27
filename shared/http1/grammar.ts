/**
 * The character classes and small grammars of RFC 9110, RFC 9112 and RFC 3986, over native strings: one code point is
 * one byte.
 */

// RFC 9110 5.6.2: tchar = "!" / "#" / "$" / "%" / "&" / "'" / "*" / "+" / "-" / "." / "^" / "_" / "`" / "|" / "~"
//                         / DIGIT / ALPHA
const TOKEN = 1
// RFC 9110 5.5: field-content = field-vchar [ 1*( SP / HTAB / field-vchar ) field-vchar ]
//               field-vchar = VCHAR / obs-text; obs-text = %x80-FF
const FIELD = 2
// RFC 9112 3.2 allows what RFC 3986 does. Clients send more than that unescaped (`|`, `"`, UTF-8), so this takes every
// visible character and obs-text; not `#`, which RFC 3986 3.5 keeps on the client's side.
const TARGET = 4
// RFC 3986 3.2.2: reg-name = *( unreserved / pct-encoded / sub-delims ). "%" is looked at by `isHost`.
const REG_NAME = 8
const HEX = 16
const DIGIT = 32

const CLASSES = new Uint8Array(256)
const mark = (flag: number, characters: string): void => {
  for (const character of characters) CLASSES[character.charCodeAt(0)] = (CLASSES[character.charCodeAt(0)] ?? 0) | flag
}
const range = (first: number, last: number): string =>
  String.fromCharCode(...Array.from({ length: last - first + 1 }, (_, i) => first + i))

const ALNUM = `${range(0x30, 0x39)}${range(0x41, 0x5a)}${range(0x61, 0x7a)}`
const VCHAR = range(0x21, 0x7e)
const OBS_TEXT = range(0x80, 0xff)
mark(TOKEN, `!#$%&'*+-.^_\`|~${ALNUM}`)
mark(FIELD, ` \t${VCHAR}${OBS_TEXT}`)
mark(TARGET, `${VCHAR.replace('#', '')}${OBS_TEXT}`)
mark(REG_NAME, `-._~!$&'()*+,;=${ALNUM}`)
mark(HEX, '0123456789abcdefABCDEF')
mark(DIGIT, '0123456789')

const is = (code: number, flag: number): boolean => ((CLASSES[code] ?? 0) & flag) !== 0

export const CR = 13
export const LF = 10
export const SP = 32
export const HTAB = 9
export const COLON = 58
export const QUESTION_MARK = 63

export const isBlank = (code: number): boolean => code === SP || code === HTAB

/** Each of these answers the index of the first character from `at` on, before `end`, that is not of the class. */
const scan = (flag: number) => (text: string, at: number, end: number) => {
  let i = at
  while (i < end && is(text.charCodeAt(i), flag)) i++
  return i
}
export const scanToken = scan(TOKEN)
export const scanFieldValue = scan(FIELD)
export const scanHex = scan(HEX)
export const scanDigits = scan(DIGIT)

export const isTargetCharacter = (code: number): boolean => is(code, TARGET)

/** RFC 9110 5.6.2: token = 1*tchar */
export const isToken = (text: string): boolean => text !== '' && scanToken(text, 0, text.length) === text.length

/** RFC 9110 8.6: Content-Length = 1*DIGIT. No sign, no list, no white space. */
export const isDigits = (text: string): boolean => text !== '' && scanDigits(text, 0, text.length) === text.length

/**
 * RFC 9110 5.6.1: #element, with OWS around the commas. Empty elements are kept (as ''), for the caller to judge;
 * elements are lower-cased, since every list that is read with this is one of case-insensitive tokens.
 */
export const listElements = (value: string): string[] =>
  value.split(',').map((element) => trimBlanks(element).toLowerCase())

/** Without SP and HTAB at both ends (OWS, RFC 9110 5.6.3); other white space stays. */
export function trimBlanks(text: string): string {
  let start = 0
  let end = text.length
  while (start < end && isBlank(text.charCodeAt(start))) start++
  while (end > start && isBlank(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

/**
 * RFC 9110 7.2: Host = uri-host [ ":" port ], uri-host as RFC 3986 3.2.2 has it:
 * host = IP-literal / IPv4address / reg-name (every IPv4address is a reg-name); port = *DIGIT.
 * A port must also be one: at most 65535.
 */
export function isHost(text: string): boolean {
  const end = text.startsWith('[') ? ipLiteralEnd(text) : regNameEnd(text)
  if (end === -1 || end === text.length) return end !== -1
  if (text.charCodeAt(end) !== COLON) return false
  return scanDigits(text, end + 1, text.length) === text.length && Number(text.slice(end + 1)) <= 65_535
}

/** The index behind the reg-name at the start of `text`; -1 where a percent sign is not followed by two digits. */
function regNameEnd(text: string): number {
  let i = 0
  for (; i < text.length; i++) {
    if (is(text.charCodeAt(i), REG_NAME)) continue
    if (text[i] !== '%') break
    if (scanHex(text, i + 1, i + 3) !== i + 3) return -1
    i += 2
  }
  return i
}

// RFC 3986 3.2.2: IP-literal = "[" ( IPv6address / IPvFuture ) "]"
//                 IPvFuture = "v" 1*HEXDIG "." 1*( unreserved / sub-delims / ":" )
const IP_FUTURE = /^v[0-9a-f]+\.[-._~!$&'()*+,;=:a-z0-9]+$/i
const IPV4 = /^(25[0-5]|2[0-4]\d|1?\d?\d)(\.(25[0-5]|2[0-4]\d|1?\d?\d)){3}$/
const H16 = /^[0-9a-f]{1,4}$/i

function ipLiteralEnd(text: string): number {
  const close = text.indexOf(']')
  const address = text.slice(1, close)
  return close !== -1 && (isIPv6(address) || IP_FUTURE.test(address)) ? close + 1 : -1
}

/** RFC 3986 3.2.2: eight groups of 16 bits, the last two also as an IPv4address; one `::` stands for missing ones. */
function isIPv6(text: string): boolean {
  const halves = text.split('::')
  if (halves.length > 2) return false
  const groups = halves.flatMap((half) => (half === '' ? [] : half.split(':')))
  const last = groups.at(-1)
  const dotted = last !== undefined && IPV4.test(last) && text.endsWith(last)
  const plain = dotted ? groups.slice(0, -1) : groups
  const count = plain.length + (dotted ? 2 : 0)
  return plain.every((group) => H16.test(group)) && (halves.length === 2 ? count < 8 : count === 8)
}

/**
 * RFC 9112 7.1.1: chunk-ext = *( BWS ";" BWS chunk-ext-name [ BWS "=" BWS chunk-ext-val ] ), chunk-ext-val = token /
 * quoted-string. Answers the index of the first character that does not fit, which is `end` where all of them do.
 */
export function scanChunkExtensions(text: string, at: number, end: number): number {
  let i = at
  while (i < end) {
    const semicolon = scanBlanks(text, i, end)
    // White space belongs to an extension; with none behind it, it is what does not fit.
    if (semicolon === end) return i
    if (text[semicolon] !== ';') return semicolon
    const name = scanBlanks(text, semicolon + 1, end)
    i = scanToken(text, name, end)
    if (i === name) return i === end ? semicolon : i
    const equals = scanBlanks(text, i, end)
    if (equals === end || text[equals] !== '=') continue
    const value = scanBlanks(text, equals + 1, end)
    i = text[value] === '"' ? scanQuoted(text, value, end) : scanToken(text, value, end)
    if (i === value) return i === end ? equals : i
  }
  return i
}

function scanBlanks(text: string, at: number, end: number): number {
  let i = at
  while (i < end && isBlank(text.charCodeAt(i))) i++
  return i
}

/**
 * RFC 9110 5.6.4: quoted-string = DQUOTE *( qdtext / quoted-pair ) DQUOTE, quoted-pair = "\\" ( HTAB / SP / VCHAR /
 * obs-text ); qdtext is the same without the quote and the backslash. Answers the index behind it, or `at` where there
 * is none.
 */
function scanQuoted(text: string, at: number, end: number): number {
  for (let i = at + 1; i < end; i++) {
    if (text[i] === '"') return i + 1
    if (text[i] === '\\') i++
    if (i === end || !is(text.charCodeAt(i), FIELD)) return at
  }
  return at
}
