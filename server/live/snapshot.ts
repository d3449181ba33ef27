/** What a page that begins, or was too slow, is sent: of the newest exchanges the events, of the others their summaries. */

import type { EventLog } from '../../shared/log/eventLog.ts'
import type { EventOf, TraceEvent } from '../../shared/trace/events.ts'
import { type ExchangeSummary, isOver } from '../../shared/trace/summary.ts'
import type { TraceIndex } from '../../shared/trace/traceIndex.ts'
import { weigh } from '../../shared/trace/weight.ts'
import type { ServerMessage } from '../../shared/wire.ts'

/** What the events of one message weigh at most, a single one apart: a few milliseconds of encoding. */
const PART_WEIGHT = 64 * 1024

/** The same of summaries and of lines, counted. */
const PART_COUNT = 250

/** So many of the newest exchanges come with their events, and what they may weigh together, the newest apart. */
const WHOLE = 20
const WHOLE_WEIGHT = 256 * 1024

/** Events as lists that are sent in one message each, at least one. */
export function* inParts<E extends TraceEvent>(events: readonly E[]): Generator<E[]> {
  let part: E[] = []
  let weight = 0
  for (const event of events) {
    const own = weigh(event)
    if (part.length > 0 && weight + own > PART_WEIGHT) {
      yield part
      part = []
      weight = 0
    }
    part.push(event)
    weight += own
  }
  yield part
}

/**
 * The messages of a snapshot of the log as it is now: taken when this is called, whatever happens before the last of them
 * has been asked for.
 */
export function snapshotOf(log: EventLog): Iterator<ServerMessage> {
  const { index } = log
  const whole = shownWhole(index)
  const lines = index.facts.logLines.filter(({ exchange }) => exchange !== null && !whole.has(exchange))
  const summaries: ExchangeSummary[] = []
  for (const summary of index.exchanges) if (!whole.has(summary.id)) summaries.push(summary)
  const events = [...log.serverEvents(), ...index.pending(), ...[...whole].flatMap((id) => index.eventsOf(id))]
  return messages(summaries, lines, inOrder(events), log.totals.letGo, log.next)
}

type Part = Extract<ServerMessage, { type: 'snapshot' }>

function* messages(
  exchanges: ExchangeSummary[],
  lines: EventOf<'log.line'>[],
  events: TraceEvent[],
  letGo: number,
  next: number,
): Generator<Part> {
  let count = 0
  const part = (of: Partial<Part>): Part => {
    return { type: 'snapshot', part: count++, last: false, exchanges: [], lines: [], events: [], letGo, next, ...of }
  }
  for (let at = 0; at < exchanges.length; at += PART_COUNT)
    yield part({ exchanges: exchanges.slice(at, at + PART_COUNT) })
  // A line may be long: as events, they are weighed.
  for (const some of lines.length === 0 ? [] : inParts(lines)) yield part({ lines: some })
  let ready: TraceEvent[] | null = null
  for (const some of inParts(events)) {
    if (ready !== null) yield part({ events: ready })
    ready = some
  }
  yield part({ events: ready ?? [], last: true })
}

/** Those under way, whose events go on in the tail; the newest; and the one a dead server died of. */
function shownWhole(index: TraceIndex): Set<number> {
  const whole = new Set<number>()
  const { exchanges } = index
  const { dead } = index.facts
  let weight = 0
  for (const { id } of exchanges.slice(-WHOLE).reverse()) {
    for (const event of index.eventsOf(id)) weight += weigh(event)
    if (whole.size > 0 && weight > WHOLE_WEIGHT) break
    whole.add(id)
  }
  for (const { id, state } of exchanges) if (!isOver(state)) whole.add(id)
  if (dead !== null && dead.exchange !== null) whole.add(dead.exchange)
  return whole
}

/** Each event once, by `seq`. */
const inOrder = (events: readonly TraceEvent[]): TraceEvent[] => [...new Set(events)].sort((a, b) => a.seq - b.seq)
