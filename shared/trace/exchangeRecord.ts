/**
 * What an index holds of an exchange and of the connections that it came over, and the list of events that this makes: which
 * segments belong to it is worked out from offsets.
 */
import type { EventOf, TraceEvent } from './events.ts'
import { type ExchangeSummary, isOver, startOf } from './summary.ts'

export interface ExchangeRecord {
  /** A value: another one after each change. */
  summary: ExchangeSummary
  own: TraceEvent[]
  /** Whether all its events until now are in here. */
  whole: boolean
  /** Its part of each of its connections, by hop. */
  readonly parts: Part[]
  /** The merged list, and how much of everything it was merged from. */
  merged: TraceEvent[]
  mergedFrom: string
}

/** What one exchange has of one connection. */
export interface Part {
  readonly record: ExchangeRecord
  readonly connection: ConnectionRecord
  /** Where it begins in the connection's inbound stream. */
  readonly start: number
  /** The `seq` of the last of its own events there. */
  last: number
}

export interface ConnectionRecord {
  readonly conn: number
  opened: TraceEvent | null
  received: EventOf<'socket.received'>[]
  closed: TraceEvent | null
  /** Of its exchanges, by their `start`. */
  parts: Part[]
  /** The end of the last byte that a parsed value covers. */
  parsedTo: number
}

/** One of which no event is in here yet: all to come, or, where it is not `whole`, elsewhere. */
export const newRecord = (summary: ExchangeSummary, whole: boolean): ExchangeRecord => ({
  ...{ summary, whole, own: [], parts: [], merged: [], mergedFrom: '' },
})

export const partOn = ({ parts }: ExchangeRecord, connection: ConnectionRecord): Part | undefined =>
  parts.find((part) => part.connection === connection)

export function addPart(record: ExchangeRecord, connection: ConnectionRecord, start: number): Part {
  const part: Part = { record, connection, start, last: 0 }
  record.parts.push(part)
  // Nearly always at the end: the events of an exchange may be fetched after those of the next one on its connection.
  const after = connection.parts.findLastIndex((other) => other.start <= start)
  connection.parts.splice(after + 1, 0, part)
  return part
}

/** Where an exchange that has come over `hops` others begins on a connection, of which this is its first event there. */
export function startOn(
  { opened, parts, parsedTo, received }: ConnectionRecord,
  event: TraceEvent,
  hops: number,
): number {
  // A summary says nothing of further hops: their connections may have carried exchanges that are not here.
  const isKnown = hops === 0 || (opened !== null && (received[0]?.start ?? 0) === 0)
  return isKnown && parts.length === 0 && parsedTo === 0 ? 0 : startOf(event, parsedTo)
}

/** As `TraceIndex.eventsOf` says, of one that is whole. */
export function eventsIn(record: ExchangeRecord): readonly TraceEvent[] {
  const from = `${record.own.length}${record.parts.map(stateOf).join('')}`
  if (from !== record.mergedFrom) {
    const grown = grownBy(record, from)
    record.mergedFrom = from
    const merged = grown ?? merge(record)
    const same = merged.length === record.merged.length && merged.every((event, at) => event === record.merged[at])
    if (!same) record.merged = merged
  }
  return record.merged
}

/** What a part's segments depend on, besides its own events. */
function stateOf({ connection, record, start }: Part): string {
  const { parts, received, closed } = connection
  const at = parts.findIndex((part) => part.record === record)
  return ` ${received.length} ${parts[at + 1]?.start} ${closed?.seq} ${start === 0 || at === 0}`
}

function merge({ summary, own, parts }: ExchangeRecord): TraceEvent[] {
  const events: TraceEvent[] = []
  for (const part of parts) {
    const { connection, start, last } = part
    const next = connection.parts[connection.parts.indexOf(part) + 1]
    const end = next?.start ?? Number.POSITIVE_INFINITY
    // Bytes that come after an answer is complete are the next request's, which does not exist yet.
    const endsAt = isOver(summary.state) ? last : Number.POSITIVE_INFINITY
    for (const event of connection.received) {
      if (event.start < end && event.start + event.length > start && event.seq < endsAt) events.push(event)
    }
    if (connection.opened !== null && start === 0) events.push(connection.opened)
    if (connection.closed !== null && next === undefined) events.push(connection.closed)
  }
  // Not `push(...own)`: a call takes a bounded number of arguments.
  return events.concat(own).sort((a, b) => a.seq - b.seq)
}

/** The merged list with what is new of the exchange itself, where nothing else has changed: a stream goes on for long. */
function grownBy(record: ExchangeRecord, from: string): TraceEvent[] | null {
  const [before, ...others] = record.mergedFrom.split(' ')
  const [, ...othersNow] = from.split(' ')
  if (isOver(record.summary.state) || before === '' || others.join(' ') !== othersNow.join(' ')) return null
  const added = record.own.slice(Number(before))
  const last = record.merged.at(-1)?.seq ?? -1
  return (added[0]?.seq ?? -1) > last ? record.merged.concat(added) : null
}
