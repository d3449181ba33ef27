/** What is printed of an answer. */
import { brotliDecompressSync, constants, gunzipSync, inflateRawSync, inflateSync, type ZlibOptions } from 'node:zlib'
import { ClientError } from '../../shared/commandLine/clientError.ts'
import type { CurlRequest } from '../../shared/commandLine/curlRequest.ts'
import { OUTPUT_LIMIT, type PrintOutput } from '../../shared/commandLine/printing.ts'
import type { ResponseHead } from '../../shared/http1/responseHead.ts'

/** CURLE_HTTP_RETURNED_ERROR, CURLE_BAD_CONTENT_ENCODING. */
const CODE = { status: 22, encoding: 61 } as const

export interface Outcome {
  code: number
  /** Where the answer leads to, where that is followed. */
  redirect: { status: number; location: string } | null
}

/** As long as it is what was asked for, an answer that ends too early is decoded as far as it goes. */
const limits = (limit: number): ZlibOptions => ({ maxOutputLength: limit, finishFlush: constants.Z_SYNC_FLUSH })

/**
 * The body without its Content-Encoding; the same where it has none, or one that nobody asked for.
 * @throws Error where it is not encoded so, or longer than `limit`.
 */
function decodedBody(body: Uint8Array, coding: string | null, limit: number): Uint8Array {
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

const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

/** The body of an answer: printed as it comes, decoded, or passed over where the answer leads on or must not be shown. */
export class AnswerBody {
  readonly #request: CurlRequest
  readonly #head: ResponseHead
  readonly #print: PrintOutput
  readonly #redirect: Outcome['redirect']
  readonly #failed: boolean
  /** Null where nothing has to be decoded. */
  readonly #encoded: Uint8Array[] | null
  #kept = 0

  constructor(request: CurlRequest, head: ResponseHead, print: PrintOutput) {
    this.#request = request
    this.#head = head
    this.#print = print
    const location = head.header('location')
    const leadsOn = request.follows && REDIRECTS.has(head.status) && location !== null
    this.#redirect = leadsOn ? { status: head.status, location } : null
    this.#failed = request.fail !== null && head.status >= 400
    this.#encoded = request.compressed && head.header('content-encoding') !== null ? [] : null
  }

  take(data: Uint8Array): void {
    if (this.#redirect !== null || (this.#failed && this.#request.fail === 'silent')) return
    if (this.#encoded === null) this.#print('out', data)
    else if (this.#kept < OUTPUT_LIMIT) {
      this.#encoded.push(data)
      this.#kept += data.length
    }
  }

  /** @throws ClientError where it cannot be decoded, or its status is a failure. */
  end(): Outcome {
    if (this.#encoded !== null && this.#encoded.length > 0) this.#print('out', this.#decoded(this.#encoded))
    if (this.#failed) {
      throw new ClientError(CODE.status, `The requested URL returned error: ${this.#head.status}`)
    }
    return { code: 0, redirect: this.#redirect }
  }

  #decoded(pieces: readonly Uint8Array[]): Uint8Array {
    const coding = this.#head.header('content-encoding')
    try {
      return decodedBody(Buffer.concat(pieces), coding, 2 * OUTPUT_LIMIT)
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      throw new ClientError(CODE.encoding, `the answer cannot be decoded as ${coding}: ${why}`)
    }
  }
}
