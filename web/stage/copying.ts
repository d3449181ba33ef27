/** What rows are when they are copied: values a line each, as they are and not as they are wrapped; bytes as bytes. */
import { latin1Decode } from '../../shared/bytes/latin1.ts'
import { readable } from '../readable.ts'
import type { Row } from './content/content.ts'

export function copyText(rows: readonly Row[]): string {
  let text = ''
  let bytes = ''
  const endBytes = (): void => {
    text += readable(bytes)
    bytes = ''
  }
  for (const row of rows) {
    if (row.copy instanceof Uint8Array) {
      bytes += latin1Decode(row.copy)
      continue
    }
    endBytes()
    text += row.copy ?? `${row.tokens.map((token) => token.text).join(' ')}\n`
  }
  endBytes()
  return text
}

/** A row as plain text, its tokens in their columns; those in `hidden` are not there yet. */
export function rowText(row: Row, hidden: ReadonlySet<string>): string {
  let line = ''
  for (const token of row.tokens) if (!hidden.has(token.id)) line = line.padEnd(token.col) + token.text
  return line
}
