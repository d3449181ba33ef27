/** One TCP segment (RFC 9293) in an IPv4 (RFC 791) or IPv6 (RFC 8200) packet, checksums included. */
export interface Address {
  host: string
  port: number
}

export interface Segment {
  from: Address
  to: Address
  flags: number
  sequence: number
  acknowledgement: number
  payload: Uint8Array
  /** Bytes behind `payload` that were not kept: a packet captured in part, whose TCP checksum nobody can verify. */
  missing: number
}

export const TCP = { fin: 1, syn: 2, psh: 8, ack: 16 } as const

const PROTOCOL_TCP = 6
const HOPS = 64

export function tcpPacket(segment: Segment): Buffer {
  const from = addressBytes(segment.from.host)
  const to = addressBytes(segment.to.host)
  const v4 = from.length === 4 && to.length === 4
  const source = v4 ? from : mapped(from)
  const target = v4 ? to : mapped(to)
  const tcp = tcpSegment(segment, source, target)
  const length = tcp.length + segment.missing
  return Buffer.concat([v4 ? ipv4Header(source, target, length) : ipv6Header(source, target, length), tcp])
}

function tcpSegment({ from, to, flags, sequence, acknowledgement, payload }: Segment, source: Buffer, target: Buffer) {
  const header = Buffer.alloc(20)
  header.writeUInt16BE(from.port, 0)
  header.writeUInt16BE(to.port, 2)
  header.writeUInt32BE(sequence >>> 0, 4)
  header.writeUInt32BE(acknowledgement >>> 0, 8)
  header.writeUInt8((header.length / 4) << 4, 12)
  header.writeUInt8(flags, 13)
  header.writeUInt16BE(0xffff, 14)
  const tcp = Buffer.concat([header, payload])
  const pseudo = Buffer.alloc(8)
  pseudo.writeUInt32BE(tcp.length, 0)
  pseudo.writeUInt32BE(PROTOCOL_TCP, 4)
  tcp.writeUInt16BE(checksum(Buffer.concat([source, target, pseudo, tcp])), 16)
  return tcp
}

function ipv4Header(source: Buffer, target: Buffer, length: number): Buffer {
  const header = Buffer.alloc(20)
  header.writeUInt8(0x45, 0)
  header.writeUInt16BE(header.length + length, 2)
  // Do not fragment.
  header.writeUInt16BE(0x4000, 6)
  header.writeUInt8(HOPS, 8)
  header.writeUInt8(PROTOCOL_TCP, 9)
  source.copy(header, 12)
  target.copy(header, 16)
  header.writeUInt16BE(checksum(header), 10)
  return header
}

function ipv6Header(source: Buffer, target: Buffer, length: number): Buffer {
  const header = Buffer.alloc(40)
  header.writeUInt8(0x60, 0)
  header.writeUInt16BE(length, 4)
  header.writeUInt8(PROTOCOL_TCP, 6)
  header.writeUInt8(HOPS, 7)
  source.copy(header, 8)
  target.copy(header, 24)
  return header
}

/** RFC 1071: the one's complement of the one's complement sum of 16-bit words. */
function checksum(bytes: Buffer): number {
  let sum = 0
  for (let i = 0; i + 1 < bytes.length; i += 2) sum += bytes.readUInt16BE(i)
  if (bytes.length % 2 === 1) sum += (bytes.at(-1) ?? 0) << 8
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000)
  return ~sum & 0xffff
}

/** An IPv4 address within IPv6 (RFC 4291 section 2.5.5.2). */
const mapped = (address: Buffer): Buffer =>
  address.length === 16 ? address : Buffer.concat([Buffer.alloc(10), Buffer.from([0xff, 0xff]), address])

/** The 4 or 16 bytes of an address; what is no address (`localhost`) is loopback. */
function addressBytes(host: string): Buffer {
  const plain = host.replace(/^::ffff:(?=\d+\.)/, '').replace(/%.*$/, '')
  if (/^\d+\.\d+\.\d+\.\d+$/.test(plain)) return Buffer.from(plain.split('.').map(Number))
  if (!plain.includes(':')) return Buffer.from([127, 0, 0, 1])
  const [before = '', after] = plain.split('::')
  const groups = (text: string | undefined): number[] =>
    text ? text.split(':').map((group) => Number.parseInt(group, 16)) : []
  const head = groups(before)
  const tail = groups(after)
  const zeros = after === undefined ? 0 : 8 - head.length - tail.length
  const bytes = Buffer.alloc(16)
  for (const [i, group] of [...head, ...Array<number>(zeros).fill(0), ...tail].slice(0, 8).entries()) {
    bytes.writeUInt16BE(group & 0xffff, i * 2)
  }
  return bytes
}
