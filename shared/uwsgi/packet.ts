/**
 * A packet of the uwsgi protocol, as it stands in a stream: four bytes of header, then variables, each a name and a value
 * behind their lengths. A body may follow, which is no part of it.
 *
 * The uwsgi protocol, "uwsgi packet header": u8 modifier1, u16 (low byte first) datasize, u8 modifier2.
 */

import type { FieldText } from '../http1/requestHead.ts'

/** Bytes of a packet's header. */
export const HEADER_BYTES = 4

/** Bytes of the length in front of a name or a value. */
export const LENGTH_BYTES = 2

/** The largest datasize, and the longest name or value: what two bytes can say. */
export const MOST_BYTES = 0xffff

/** What four bytes say, whatever they were meant as. */
export const headerIn = ([modifier1 = 0, low = 0, high = 0, modifier2 = 0]: Iterable<number>): PacketHeader => ({
  modifier1,
  datasize: low + 256 * high,
  modifier2,
})

export interface PacketHeader {
  /** What kind of packet it is: 0 is a request for a WSGI application. */
  readonly modifier1: number
  /** Bytes of all variables with their lengths. */
  readonly datasize: number
  /** Means something to some kinds only; nothing to a WSGI request. */
  readonly modifier2: number
}

/**
 * Why a variable does not reach the application: `code` (it names code or a file for the server to load, which this one never
 * does), `server-key` (the key is the server's own, as in wsgi.input), `bare-twin` (HTTP_CONTENT_TYPE beside CONTENT_TYPE),
 * `coding-undone` (Transfer-Encoding), `repeated` (a later one of the same name counts).
 */
export type VariableDropped = 'code' | 'server-key' | 'bare-twin' | 'coding-undone' | 'repeated'

export interface Variable extends FieldText {
  readonly dropped: VariableDropped | null
}

/** RFC 3875 4.1.18: a body's type and length are never HTTP_*. */
export const BARE_TWINS: ReadonlySet<string> = new Set(['HTTP_CONTENT_TYPE', 'HTTP_CONTENT_LENGTH'])

/** Undone by whoever made the packet: the body behind it has a length. */
export const TRANSFER_ENCODING = 'HTTP_TRANSFER_ENCODING'
