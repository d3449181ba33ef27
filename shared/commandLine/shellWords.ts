/**
 * Bytes as words of a POSIX shell (Shell Command Language, section 2.2), the same in bash, dash, ksh and zsh; `$'…'` is not,
 * dash lacks it. Bytes are native strings: one code point for each.
 */

/** Needs no quotes anywhere. */
const BARE = /^[A-Za-z0-9_./:@%+,-][A-Za-z0-9_./:=@%+,-]*$/

/** What a terminal or an eye could take for something else: controls, what has no glyph, what turns a line around. */
const UNSEEN = /[\p{C}\p{Zl}\p{Zp}]/u

/** The text of these bytes where it can stand between single quotes and be read there, else null. */
export function legible(bytes: string): string | null {
  const text = utf8Of(bytes)
  return text === null || UNSEEN.test(text.replaceAll('\n', '')) ? null : text
}

/** One word. The bytes have no NUL, which no argument can carry, and do not end in a line feed. */
export function shellWord(bytes: string): string {
  if (BARE.test(bytes)) return bytes
  const text = legible(bytes)
  if (text !== null) return `'${text.replaceAll("'", "'\\''")}'`
  // Within double quotes an interactive bash or zsh would take a ! for its history.
  return `"$(printf '${printfFormat(bytes).replaceAll('!', '\\041')}')"`
}

/** The format with which printf prints exactly these bytes, to stand between single quotes. */
export function printfFormat(bytes: string): string {
  // Octal, always three digits: no digit behind it is taken in. A hyphen at the beginning would make it an option.
  return bytes.replace(/^-|[^ -~\n]|[\\%']/g, (char) =>
    char === '%' ? '%%' : `\\${char.charCodeAt(0).toString(8).padStart(3, '0')}`,
  )
}

/** The text that a native string is the UTF-8 of; null where it is none. */
function utf8Of(bytes: string): string | null {
  const escaped = bytes.replace(/[%\x80-\xff]/g, (char) => `%${char.charCodeAt(0).toString(16).padStart(2, '0')}`)
  try {
    return decodeURIComponent(escaped)
  } catch {
    // Its only complaint about these escapes: they are not UTF-8.
    return null
  }
}
