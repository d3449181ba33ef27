/** Decoded answers, for --compressed. */
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from 'node:zlib'

/** As long as it is what was asked for, an answer that ends too early is decoded as far as it goes. */
const limits = (limit: number): ZlibOptions => ({ maxOutputLength: limit, finishFlush: constants.Z_SYNC_FLUSH })

/**
 * The body without its Content-Encoding; the same where it has none, or one that nobody asked for.
 * @throws Error where it is not encoded so, or longer than `limit`.
 */
export function decodedBody(body: Uint8Array, coding: string | null, limit: number): Uint8Array {
  switch (coding?.trim().toLowerCase()) {
    case 'gzip':
    case 'x-gzip':
      return gunzipSync(body, limits(limit))
    case 'deflate':
      // RFC 9110 section 8.4.1.2: the zlib format; some send the bare stream.
      return (body[0] ?? 0) % 16 === 8 ? inflateSync(body, limits(limit)) : inflateRawSync(body, limits(limit))
    case 'br':
      return brotliDecompressSync(body, {
        maxOutputLength: limit,
        finishFlush: constants.BROTLI_OPERATION_FLUSH,
      })
    default:
      return body
  }
}
