/** Bytes as the cards draw them, written down here anew: printable ASCII as it is, everything else as an escape. */
export function visible(bytes: Uint8Array | string): string {
  let text = ''
  for (const byte of typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes) {
    if (byte === 13) text += '\\r'
    else if (byte === 10) text += '\\n'
    else if (byte === 9) text += '\\t'
    else text += byte >= 32 && byte < 127 ? String.fromCharCode(byte) : `\\x${byte.toString(16).padStart(2, '0')}`
  }
  return text
}

/** A request's head, blank line included, and what comes behind it. */
export function splitHead(bytes: Buffer): [head: Buffer, body: Buffer] {
  const end = bytes.indexOf('\r\n\r\n') + 4
  return [bytes.subarray(0, end), bytes.subarray(end)]
}
