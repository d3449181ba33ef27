/**
 * Native strings, as PEP 3333 ("A Note On String Types") has them: text whose code points are all below 256, one for
 * each byte. Every string that comes out of a request or goes into a response head is one.
 */

/** What some byte arrays can do by themselves, many times faster than a loop: Node's Buffer is one of them. */
interface NativeLatin1 {
  latin1Slice?: (start: number, end: number) => string
  latin1Write?: (text: string, at: number, length: number) => number
}

/** A call takes a bounded number of arguments; this stays far below every engine's bound. */
const PIECE = 8192

/** One code point per byte: the `latin-1` decoding. `start` and `end` are indices into `bytes`. */
export function latin1Decode(bytes: Uint8Array & NativeLatin1, start = 0, end = bytes.length): string {
  if (bytes.latin1Slice !== undefined) return bytes.latin1Slice(start, end)
  let text = ''
  for (let at = start; at < end; at += PIECE) {
    // Not a spread, which would go through the array's iterator, byte by byte.
    text += Reflect.apply(String.fromCharCode, null, bytes.subarray(at, Math.min(at + PIECE, end)))
  }
  return text
}

/**
 * One byte per code point: the `latin-1` encoding.
 * @throws RangeError naming the first code point above 255 and its index.
 */
export function latin1Encode(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length)
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code > 255) throw new RangeError(`character ${JSON.stringify(text[i])} at index ${i} is not latin-1`)
    bytes[i] = code
  }
  return bytes
}

/** Writes `text`, known to be a native string, to `target` from index `at` on; answers the index behind it. */
export function latin1Write(text: string, target: Uint8Array & NativeLatin1, at: number): number {
  if (target.latin1Write !== undefined) return at + target.latin1Write(text, at, text.length)
  for (let i = 0; i < text.length; i++) target[at + i] = text.charCodeAt(i)
  return at + text.length
}
