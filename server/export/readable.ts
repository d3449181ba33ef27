/** Bytes and native strings as people read them, in a file. */
import { latin1Decode } from '../../shared/bytes/latin1.ts'

/** Text where the bytes are UTF-8, null otherwise. */
export function utf8Of(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    // The decoder's only complaint: these bytes are not UTF-8.
    return null
  }
}

/** A native string as people read it: UTF-8 where it is that, latin-1 otherwise. */
export function readable(text: string): string {
  const bytes = Buffer.from(text, 'latin1')
  return utf8Of(bytes) ?? latin1Decode(bytes)
}

/** What is said of a body of which only the beginning was kept; nothing of one that is complete. */
export const beginningOnly = (kept: number, length: number): string | undefined =>
  kept < length ? `the first ${kept} of ${length} bytes: the rest was not kept` : undefined
