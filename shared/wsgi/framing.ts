/** How the end of a response's body is marked: decided once, here, in the order of RFC 9112 6.3 and PEP 3333. */

export interface FramingFacts {
  method: string
  http10: boolean
  /** Whether the protocol allows chunked at all: to an HTTP client yes, behind a uwsgi front no. */
  chunkable: boolean
  status: number
  /** The application's Content-Length; null where it gave none. */
  declared: number | null
  /** How many bytes there will be, where the gateway knows it without the application's word; else null. */
  known: number | null
}

export interface ResponseFraming {
  /** `none`: no byte of body is sent, whatever the application gives. `close`: the end of the connection ends it. */
  body: 'none' | 'length' | 'chunked' | 'close'
  /** Bytes of the body where `body` is `length`. */
  length: number
  /** The framing header that the gateway adds, if any. */
  adds: 'content-length' | 'transfer-encoding' | null
  /** Whether the application's Content-Length goes out. */
  keepsDeclared: boolean
}

const framing = (
  body: ResponseFraming['body'],
  length: number,
  adds: ResponseFraming['adds'],
  keepsDeclared: boolean,
): ResponseFraming => ({ body, length, adds, keepsDeclared })

export function decideFraming(facts: FramingFacts): ResponseFraming {
  const { status } = facts
  // 1. RFC 9110 8.6: no Content-Length in a 1xx or a 204; RFC 9112 6.1: no Transfer-Encoding either. No body (6.3, 1.).
  if (status < 200 || status === 204) return framing('none', 0, null, false)
  // RFC 9110 15.3.6: nor has a 205, but RFC 9112 6.3 does not name it among those that end with their head: its length is said.
  if (status === 205) return framing('none', 0, facts.declared === 0 ? null : 'content-length', facts.declared === 0)
  // 2. RFC 9110 15.4.5: a 304 has no body; its Content-Length, if any, is that of the 200 it stands for, which only
  //    the application can know.
  if (status === 304) return framing('none', 0, null, true)
  // 3. RFC 9110 9.3.2: HEAD has the head of GET, and no body.
  if (facts.method === 'HEAD') {
    // Nothing given says nothing about what GET would have given.
    const asGet = facts.known === 0 ? null : decideLength(facts)
    return framing('none', asGet?.length ?? 0, asGet?.adds ?? null, true)
  }
  // 4. RFC 9112 6.3, 3. is about a Transfer-Encoding of the application's own: hop-by-hop, refused in start_response.
  return decideLength(facts)
}

function decideLength(facts: FramingFacts): ResponseFraming {
  // 5. PEP 3333, "Handling the Content-Length Header": the application's own is honoured.
  if (facts.declared !== null) return framing('length', facts.declared, null, true)
  // 6. The same section: where len() of what was returned is 1, that one chunk's length is the body's. Likewise where
  //    the end has come and nothing was given.
  if (facts.known !== null) return framing('length', facts.known, 'content-length', true)
  // 7. The same section: chunked to clients of HTTP/1.1.
  if (!facts.http10 && facts.chunkable) return framing('chunked', 0, 'transfer-encoding', true)
  // 8. RFC 9112 6.3, 8.: until the connection closes.
  return framing('close', 0, null, true)
}
