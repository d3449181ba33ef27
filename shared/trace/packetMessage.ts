/** The request that a packet of the uwsgi protocol tells of, as its client wrote it in HTTP, as far as the packet says. */
import { BARE_TWINS, HEADER_BYTES, LENGTH_BYTES, TRANSFER_ENCODING } from '../uwsgi/packet.ts'
import type { EventOf } from './events.ts'

export type Packet = EventOf<'uwsgi.packet'>

export interface PacketMessage {
  method: string
  /** As the client wrote it where REQUEST_URI is there; else the decoded path, and the query. */
  target: string
  /** Empty where the packet does not say it. */
  version: string
  /** Names as HTTP writes them: HTTP_USER_AGENT is User-Agent. */
  headers: [name: string, value: string][]
}

/** Behind the packet's last byte, in its connection's inbound stream. */
export const packetEnd = ({ vars }: Packet): number => vars.at(-1)?.spans.value.end ?? 0

/** The packet's first byte. */
export const packetStart = ({ vars }: Packet): number => (vars[0]?.spans.key.start ?? BEFORE_NAMES) - BEFORE_NAMES

/** From the packet's first byte to its first name. */
const BEFORE_NAMES = HEADER_BYTES + LENGTH_BYTES

/** Of a variable that is there more than once the last one counts; empty where it is not there. */
export const variableOf = ({ vars }: Packet, name: string): string =>
  vars.findLast(({ key }) => key === name)?.value ?? ''

export function packetMessage(packet: Packet): PacketMessage {
  const path = variableOf(packet, 'PATH_INFO')
  const query = variableOf(packet, 'QUERY_STRING')
  return {
    method: variableOf(packet, 'REQUEST_METHOD'),
    target:
      variableOf(packet, 'REQUEST_URI') ||
      `${variableOf(packet, 'SCRIPT_NAME')}${path}${query === '' ? '' : `?${query}`}`,
    version: variableOf(packet, 'SERVER_PROTOCOL'),
    headers: packet.vars.flatMap(({ key, value, dropped }): [string, string][] => {
      if (dropped !== undefined) return []
      const name = headerName(key)
      return name === null || (name.bare && value === '') ? [] : [[name.text, value]]
    }),
  }
}

/** RFC 3875 4.1: the two that have no HTTP_ in front are there, empty, also where the client sent none. */
const BARE: ReadonlySet<string> = new Set(['CONTENT_TYPE', 'CONTENT_LENGTH'])

function headerName(key: string): { text: string; bare: boolean } | null {
  // A tap does not know what the server drops of them.
  if (BARE_TWINS.has(key) || key === TRANSFER_ENCODING) return null
  const bare = BARE.has(key)
  if (!bare && !key.startsWith('HTTP_')) return null
  const words = (bare ? key : key.slice('HTTP_'.length)).split('_')
  return { text: words.map((word) => word.slice(0, 1) + word.slice(1).toLowerCase()).join('-'), bare }
}
