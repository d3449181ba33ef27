/**
 * Command lines as a POSIX shell reads them (IEEE 1003.1, XCU 2.2 Quoting), as far as it takes to know where one ends.
 * The words themselves are split where the command runs, in the server.
 */

/**
 * What is still open at the end of `text`: a quotation, or a backslash that takes the next line with it. Null where the
 * line is complete.
 */
export function openAtEnd(text: string): 'single' | 'double' | 'backslash' | null {
  let open: 'single' | 'double' | null = null
  for (let i = 0; i < text.length; i++) {
    const letter = text.charAt(i)
    if (open === 'single') {
      if (letter === "'") open = null
    } else if (letter === '\\') {
      if (i === text.length - 1) return 'backslash'
      i++
    } else if (letter === '"') open = open === 'double' ? null : 'double'
    else if (letter === "'" && open === null) open = 'single'
  }
  return open
}

/** `text` with the next line: without the backslash that joined them, or with the newline that the quotation holds. */
export function joinLine(text: string, next: string): string {
  return openAtEnd(text) === 'backslash' ? text.slice(0, -1) + next : `${text}\n${next}`
}

/** The name of the command: the first word, as far as it is plain. */
export const commandOf = (text: string): string => /^\s*(\S*)/u.exec(text)?.[1] ?? ''
