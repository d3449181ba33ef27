/** How much of a request is taken before it is refused. */
export interface ReadLimits {
  /** Bytes of the request line, without CRLF. */
  requestLine: number
  /** Bytes of one header field line, without CRLF. */
  headerField: number
  headerFields: number
  /** Bytes of the whole head's fields. */
  headerBytes: number
  /** Bytes of the body, de-chunked. */
  body: number
  /** Bytes of one chunk-size line, extensions included. */
  chunkLine: number
}
