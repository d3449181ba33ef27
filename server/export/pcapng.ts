/**
 * pcapng (draft-ietf-opsawg-pcapng): an exchange as Wireshark opens it. What was observed are reads and writes, not
 * packets; they are written as TCP segments over IP without a link layer, between an opening and a closing handshake.
 * Sequence numbers are the trace's own offsets, so that a byte is found again. Of a segment that carries several requests,
 * only the bytes of this one are there: Wireshark pairs the first answer with the last request that it has seen.
 */
import type { TraceEvent } from '../../shared/trace/events.ts'
import { firstOfKind } from '../../shared/trace/query.ts'
import { requestExtent } from '../../shared/trace/requestExtent.ts'
import { between, type Stream, streamOf } from '../../shared/trace/streams.ts'
import type { ExportContext } from './context.ts'
import { readable } from './readable.ts'
import { maskedNames } from './redact.ts'
import { type Address, type Segment, TCP, tcpPacket } from './tcpPacket.ts'

/** LINKTYPE_RAW: a packet begins with its IPv4 or IPv6 header. */
const LINKTYPE_RAW = 101

/** Payload of one made-up packet; an IPv4 packet cannot be longer than 65,535 bytes. */
const MAX_PAYLOAD = 32_768

/** Section 3.5.1. */
const OPT_COMMENT = 1

/** Its length is a 16-bit number. */
const LONGEST_OPTION = 65_535

/** Where the sequence numbers of offset 0 lie. */
const FIRST_SEQUENCE = 1

export function toPcapng(events: readonly TraceEvent[], { header, version, masked }: ExportContext): Uint8Array {
  const opened = firstOfKind(events, 'connection.opened')
  const peer = opened?.peer ?? { host: '127.0.0.1', port: 1 }
  const local = opened?.local ?? header.gateway
  const names = maskedNames(masked)
  const comment =
    names.length === 0 ? null : `Masked, unless asked for with ?secrets=1: ${names.map(readable).join(', ')}`
  const blocks = [sectionHeader(`wsgiscope ${version}`, comment), interfaceDescription()]
  for (const { at, ...segment } of conversation(events, peer, local)) {
    const microseconds = BigInt(Math.round(header.startedAt * 1000 + at))
    blocks.push(enhancedPacket(microseconds, tcpPacket(segment), segment.missing))
  }
  return Buffer.concat(blocks)
}

/** All that was read and written, in order, between the two handshakes. */
function conversation(events: readonly TraceEvent[], peer: Address, local: Address): (Segment & { at: number })[] {
  const { start, end } = requestExtent(events)
  const received = between(streamOf(events, 'socket.received'), start, end)
  const data = [
    ...received.pieces.map((piece) => ({ ...piece, inbound: true })),
    ...streamOf(events, 'socket.sent').pieces.map((piece) => ({ ...piece, inbound: false })),
  ].sort((a, b) => a.at - b.at)
  const firstAt = data[0]?.at ?? 0
  const lastAt = data.at(-1)?.at ?? 0
  const next = {
    in: FIRST_SEQUENCE + (data.find(({ inbound }) => inbound)?.start ?? 0),
    out: FIRST_SEQUENCE + (data.find(({ inbound }) => !inbound)?.start ?? 0),
  }
  const segments: (Segment & { at: number })[] = []
  const add = (at: number, inbound: boolean, flags: number, { payload, missing }: Load = EMPTY, back = 0) => {
    const [from, to] = inbound ? [peer, local] : [local, peer]
    const [sequence, acknowledged] = inbound ? [next.in, next.out] : [next.out, next.in]
    const acknowledgement = (flags & TCP.ack) === 0 ? 0 : acknowledged
    segments.push({ at, from, to, flags, sequence: sequence - back, acknowledgement, payload, missing })
  }
  // SYN and FIN count as one byte each; the SYN's is the one before the first.
  add(firstAt, true, TCP.syn, undefined, 1)
  add(firstAt, false, TCP.syn | TCP.ack, undefined, 1)
  add(firstAt, true, TCP.ack)
  for (const { inbound, ...piece } of data) {
    next[inbound ? 'in' : 'out'] = FIRST_SEQUENCE + piece.start
    for (const load of loadsOf(piece)) {
      add(piece.at, inbound, TCP.psh | TCP.ack, load)
      next[inbound ? 'in' : 'out'] += load.payload.length + load.missing
    }
  }
  add(lastAt, false, TCP.fin | TCP.ack)
  next.out++
  add(lastAt, true, TCP.fin | TCP.ack)
  next.in++
  add(lastAt, false, TCP.ack)
  return segments
}

type Load = Pick<Segment, 'payload' | 'missing'>

const EMPTY: Load = { payload: new Uint8Array(0), missing: 0 }

/** What one read or write is dressed up as, packet by packet. */
function* loadsOf({ length, bytes }: Stream['pieces'][number]): Generator<Load> {
  for (let from = 0; from < length; from += MAX_PAYLOAD) {
    const payload = bytes.subarray(from, from + MAX_PAYLOAD)
    yield { payload, missing: Math.min(MAX_PAYLOAD, length - from) - payload.length }
  }
}

/** Section 4.1. */
function sectionHeader(application: string, comment: string | null): Buffer {
  const body = Buffer.alloc(16)
  body.writeUInt32LE(0x1a2b3c4d, 0)
  body.writeUInt16LE(1, 4)
  // The length of the section is not given.
  body.writeBigInt64LE(-1n, 8)
  const SHB_USERAPPL = 4
  const comments = comment === null ? [] : [option(OPT_COMMENT, Buffer.from(comment).subarray(0, LONGEST_OPTION))]
  const options = [...comments, option(SHB_USERAPPL, Buffer.from(application)), option(0)]
  return block(0x0a0d0d0a, Buffer.concat([body, ...options]))
}

/** Section 4.2. Timestamps are in microseconds, the default. */
function interfaceDescription(): Buffer {
  const body = Buffer.alloc(8)
  body.writeUInt16LE(LINKTYPE_RAW, 0)
  body.writeUInt32LE(0, 4)
  return block(1, body)
}

/** Section 4.3: what is `missing` at the end of a packet makes its captured length less than its original one. */
function enhancedPacket(microseconds: bigint, packet: Uint8Array, missing: number): Buffer {
  const head = Buffer.alloc(20)
  head.writeUInt32LE(Number(microseconds >> 32n), 4)
  head.writeUInt32LE(Number(microseconds & 0xffffffffn), 8)
  head.writeUInt32LE(packet.length, 12)
  head.writeUInt32LE(packet.length + missing, 16)
  const comment = missing === 0 ? [] : [option(OPT_COMMENT, Buffer.from(`${missing} bytes were not kept`)), option(0)]
  return block(6, Buffer.concat([head, padded(packet), ...comment]))
}

function option(code: number, value: Uint8Array = new Uint8Array(0)): Buffer {
  const head = Buffer.alloc(4)
  head.writeUInt16LE(code, 0)
  head.writeUInt16LE(value.length, 2)
  return Buffer.concat([head, padded(value)])
}

function block(type: number, body: Uint8Array): Buffer {
  const content = padded(body)
  const total = content.length + 12
  const head = Buffer.alloc(8)
  head.writeUInt32LE(type, 0)
  head.writeUInt32LE(total, 4)
  const tail = Buffer.alloc(4)
  tail.writeUInt32LE(total, 0)
  return Buffer.concat([head, content, tail])
}

const padded = (bytes: Uint8Array): Buffer => Buffer.concat([bytes, Buffer.alloc((4 - (bytes.length % 4)) % 4)])
