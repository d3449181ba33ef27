/**
 * Native strings, as PEP 3333 ("A Note On String Types") has them: text whose code points are all below 256, one for
 * each byte. Every string that comes out of a request or goes into a response head is one.
 */

/** One code point per byte: the `latin-1` decoding. `start` and `end` are indices into `bytes`. */
export function latin1Decode(bytes: Uint8Array, start = 0, end = bytes.length): string {
  let text = ''
  // A call takes a bounded number of arguments; 8 KiB pieces stay far below every engine's bound.
  for (let at = start; at < end; at += 8192) {
    text += String.fromCharCode(...bytes.subarray(at, Math.min(at + 8192, end)))
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
