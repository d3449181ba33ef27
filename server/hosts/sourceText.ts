/** The text of a source file, as the language that runs it reads it. */
import { latin1Decode } from '../../shared/bytes/latin1.ts'

/** What stands in one of the first two lines (PEP 263, "Defining the Encoding"). */
const CODING = /^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)/
/** Only behind such a line does the second one count. */
const BLANK_OR_COMMENT = /^[ \t\f]*(#|$)/
const LINE_END = /\r\n?|\n/
/** Two lines that somebody wrote are shorter. */
const LONGEST_HEAD = 4096

/** Names of Python's codecs (the library's "Standard Encodings"), without `-` and `_`, where Node's are others. */
const LABELS: ReadonlyMap<string, string> = new Map([
  ...['utf8', 'u8', 'utf', 'utf8sig', 'cp65001', 'ascii', 'usascii', '646'].map((name) => [name, 'utf-8'] as const),
  ...['gbk', '936', 'cp936', 'ms936', 'gb2312', 'euccn', 'chinese', 'csiso58gb231280', 'eucgb2312cn'].map(
    (name) => [name, 'gbk'] as const,
  ),
  ...['gb18030', 'gb180302000'].map((name) => [name, 'gb18030'] as const),
  ...['big5', 'big5tw', 'csbig5', 'cp950', '950', 'ms950', 'big5hkscs', 'hkscs'].map((name) => [name, 'big5'] as const),
  ...['shiftjis', 'csshiftjis', 'sjis', 'cp932', '932', 'ms932', 'mskanji', 'windows31j'].map(
    (name) => [name, 'shift_jis'] as const,
  ),
  ...['eucjp', 'ujis'].map((name) => [name, 'euc-jp'] as const),
  ...['iso2022jp', 'csiso2022jp'].map((name) => [name, 'iso-2022-jp'] as const),
  ...['euckr', 'cp949', '949', 'ms949', 'uhc', 'korean', 'ksc5601', 'ksc56011987', 'ksx1001'].map(
    (name) => [name, 'euc-kr'] as const,
  ),
  ...['koi8r', 'cskoi8r'].map((name) => [name, 'koi8-r'] as const),
  ['koi8u', 'koi8-u'],
  ...['cp866', '866', 'ibm866'].map((name) => [name, 'ibm866'] as const),
  ...['macroman', 'macintosh'].map((name) => [name, 'macintosh'] as const),
  ['maccyrillic', 'x-mac-cyrillic'],
  ...['cp874', 'tis620'].map((name) => [name, 'windows-874'] as const),
  ...[2, 3, 4, 5, 6, 7, 8, 10, 13, 14, 15, 16].flatMap((part) =>
    [`iso8859${part}`, `8859${part}`].map((name) => [name, `iso-8859-${part}`] as const),
  ),
  ...[1250, 1251, 1253, 1254, 1255, 1256, 1257, 1258].flatMap((page) =>
    [`cp${page}`, `windows${page}`, `${page}`].map((name) => [name, `windows-${page}`] as const),
  ),
  ...['latin2', 'l2'].map((name) => [name, 'iso-8859-2'] as const),
  ...['latin9', 'l9'].map((name) => [name, 'iso-8859-15'] as const),
])

/** Each byte is the character of its number, which Node's `latin1` is not. */
const LATIN_1: ReadonlySet<string> = new Set([
  'latin1',
  'latin',
  'l1',
  'iso88591',
  '8859',
  'iso8859',
  'cp819',
  'ibm819',
])

/** Which Node 20 to 23 decode as Latin-1: what stands there for the bytes from 0x80 to 0x9f. */
const WINDOWS_1252: ReadonlySet<string> = new Set(['cp1252', 'windows1252', '1252'])
const FROM_0X80 = '€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8dŽ\x8f\x90‘’“”•–—˜™š›œ\x9džŸ'

/** Python's codecs that `decodePython` knows, in lower case without `-` and `_`. */
export const KNOWN_CODINGS: readonly string[] = [...LATIN_1, ...WINDOWS_1252, ...LABELS.keys()]

/**
 * A Python source as the interpreter reads it: by its byte order mark, else by the coding that its first two lines declare
 * (PEP 263), else as UTF-8; each line ends in `\n` (the language's reference, 2.1.2).
 * @returns null for a coding that Node does not know.
 */
export function decodePython(bytes: Uint8Array): string | null {
  const coding = declaredCoding(bytes)
  const name = coding.toLowerCase().replace(/[-_]/g, '')
  const text = decodeAs(name, bytes)
  return text?.replace(/\r\n?/g, '\n') ?? null
}

/** The byte order mark is none of the text. */
export const decodeUtf8 = (bytes: Uint8Array): string => new TextDecoder().decode(bytes)

function decodeAs(name: string, bytes: Uint8Array): string | null {
  if (LATIN_1.has(name)) return latin1Decode(bytes)
  if (WINDOWS_1252.has(name)) {
    return latin1Decode(bytes).replace(/[\x80-\x9f]/g, (letter) => FROM_0X80[letter.charCodeAt(0) - 0x80] ?? letter)
  }
  const label = LABELS.get(name)
  return label === undefined ? null : new TextDecoder(label).decode(bytes)
}

function declaredCoding(bytes: Uint8Array): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return 'utf-8'
  const [first = '', second = ''] = latin1Decode(bytes.subarray(0, LONGEST_HEAD)).split(LINE_END, 2)
  const declared = CODING.exec(first) ?? (BLANK_OR_COMMENT.test(first) ? CODING.exec(second) : null)
  return declared?.[1] ?? 'utf-8'
}
