import { latin1Encode } from '../shared/bytes/latin1.ts'

/**
 * A native string (one code point per byte) as people read it: as UTF-8, where its bytes are UTF-8. For labels, and for what
 * is copied; the cards show what the strings are.
 */
export function readable(native: string): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(latin1Encode(native))
  } catch {
    return native
  }
}
