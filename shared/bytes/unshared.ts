/** What a view into a larger piece of memory may leave unused, in bytes. */
const SPARE = 1024

/**
 * `bytes` itself, or a copy: where its memory is shared and could change under whoever keeps it, and where it is a small
 * part of a large piece, all of which would be kept with it.
 */
export function unshared(bytes: Uint8Array): Uint8Array<ArrayBuffer> {
  return isUnshared(bytes) && bytes.buffer.byteLength <= 2 * bytes.length + SPARE ? bytes : new Uint8Array(bytes)
}

const isUnshared = (bytes: Uint8Array): bytes is Uint8Array<ArrayBuffer> => bytes.buffer instanceof ArrayBuffer
