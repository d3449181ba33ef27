/**
 * The environ of a request that came as a packet of the uwsgi protocol: its variables are the environ's keys already, made by
 * the server in front. Only what PEP 3333 asks for and nobody sent is added.
 */
import type { EnvironEntry } from '../trace/events.ts'
import type { Variable } from '../uwsgi/packet.ts'
import { isHeader, type PacketRequest } from '../uwsgi/packetRequest.ts'
import { inputEntry, joined, NO_PATH, NO_QUERY, type RequestBody, SCRIPT_NAME } from './environ.ts'
import type { Origins } from './environOrigins.ts'

/** PEP 3333 requires it; whoever leaves it out said nothing of what the client can do. */
const OLDEST_PROTOCOL: EnvironEntry = { key: 'SERVER_PROTOCOL', value: 'HTTP/1.0', type: 'str', from: 'server' }

/**
 * The variables in their order, then what was missing.
 * @param surroundings what is known without the packet; a variable of the same name takes the entry's place
 */
export function buildPacketEnviron(
  { variables, secure }: PacketRequest,
  body: RequestBody | null,
  surroundings: readonly EnvironEntry[],
  origins: Origins,
): EnvironEntry[] {
  const entries = new Map<string, EnvironEntry>()
  for (const variable of variables) {
    if (variable.dropped !== null) continue
    const { name } = variable
    const earlier = isHeader(name) ? entries.get(name) : undefined
    entries.set(name, earlier === undefined ? origins.field(name, variable) : joined(earlier, variable, origins))
  }
  for (const entry of [SCRIPT_NAME, NO_PATH, NO_QUERY, OLDEST_PROTOCOL]) {
    if (!entries.has(entry.key)) entries.set(entry.key, entry)
  }
  const input = inputEntry(body, origins)
  entries.set(input.key, input)
  for (const entry of surroundings) {
    if (!entries.has(entry.key))
      entries.set(entry.key, entry.key === 'wsgi.url_scheme' ? scheme(entry, secure, origins) : entry)
  }
  return [...entries.values()]
}

/** Where the client came by https, the server in front says so. */
function scheme(entry: EnvironEntry, secure: Variable | null, origins: Origins): EnvironEntry {
  if (secure === null) return entry
  const { value, valueStart } = secure
  return { ...entry, value: 'https', from: origins.computed([valueStart, valueStart + value.length]) }
}
