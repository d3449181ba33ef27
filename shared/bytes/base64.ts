/** Base64 (RFC 4648 section 4), written here because this code has neither Node's nor the browser's. */
import { latin1Decode, latin1Encode } from './latin1.ts'

const ALPHABET = latin1Encode('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/')
const PADDING = 61 // =
const NO_LETTER = 255

const VALUE = new Uint8Array(256).fill(NO_LETTER)
for (const [value, letter] of ALPHABET.entries()) VALUE[letter] = value

export function base64Encode(bytes: Uint8Array): string {
  const letters = new Uint8Array(Math.ceil(bytes.length / 3) * 4)
  let at = 0
  for (let i = 0; i < bytes.length; i += 3) {
    const bits = ((bytes[i] ?? 0) << 16) | ((bytes[i + 1] ?? 0) << 8) | (bytes[i + 2] ?? 0)
    for (let shift = 18; shift >= 0; shift -= 6) letters[at++] = ALPHABET[(bits >> shift) & 63] ?? PADDING
  }
  const rest = bytes.length % 3
  if (rest > 0) letters.fill(PADDING, letters.length - (3 - rest))
  return latin1Decode(letters)
}

/** @throws SyntaxError when `text` is not padded base64. */
export function base64Decode(text: string): Uint8Array {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  if (text.length % 4 !== 0) throw new SyntaxError(`base64 comes in groups of four, this has ${text.length} letters`)
  const bytes = new Uint8Array((text.length / 4) * 3)
  const letters = text.length - padding
  let filled = 0
  for (let i = 0; i < text.length; i += 4) {
    let bits = 0
    for (let j = i; j < i + 4; j++) {
      const value = j < letters ? (VALUE[text.charCodeAt(j)] ?? NO_LETTER) : 0
      if (value === NO_LETTER) throw new SyntaxError(`${JSON.stringify(text[j])} at index ${j} is not base64`)
      bits = (bits << 6) | value
    }
    bytes[filled++] = bits >> 16
    bytes[filled++] = (bits >> 8) & 255
    bytes[filled++] = bits & 255
  }
  return bytes.subarray(0, bytes.length - padding)
}
