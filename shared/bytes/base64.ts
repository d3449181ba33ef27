/** Base64 (RFC 4648 section 4), written here because this code has neither Node's nor the browser's. */
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
const VALUE = new Map([...ALPHABET].map((letter, value) => [letter, value]))

export function base64Encode(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length; i += 3) {
    const [a = 0, b, c] = [bytes[i], bytes[i + 1], bytes[i + 2]]
    const bits = (a << 16) | ((b ?? 0) << 8) | (c ?? 0)
    text += ALPHABET.charAt(bits >> 18) + ALPHABET.charAt((bits >> 12) & 63)
    text += b === undefined ? '=' : ALPHABET.charAt((bits >> 6) & 63)
    text += c === undefined ? '=' : ALPHABET.charAt(bits & 63)
  }
  return text
}

/** @throws SyntaxError when `text` is not padded base64. */
export function base64Decode(text: string): Uint8Array {
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  if (text.length % 4 !== 0) throw new SyntaxError(`base64 comes in groups of four, this has ${text.length} letters`)
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  let filled = 0
  for (let i = 0; i < text.length; i += 4) {
    let bits = 0
    for (let j = i; j < i + 4; j++) {
      const letter = text.charAt(j)
      const value = letter === '=' && j >= text.length - padding ? 0 : VALUE.get(letter)
      if (value === undefined) throw new SyntaxError(`${JSON.stringify(letter)} at index ${j} is not base64`)
      bits = (bits << 6) | value
    }
    if (filled < bytes.length) bytes[filled++] = bits >> 16
    if (filled < bytes.length) bytes[filled++] = (bits >> 8) & 255
    if (filled < bytes.length) bytes[filled++] = bits & 255
  }
  return bytes
}
