/**
 * The eight or nine steps in which an exchange is told. A beat is a run of events; the playhead `p` (a real number from
 * 0 to the number of events) is in the beat with `from < p <= to`, and rests at `p = to`.
 */
import type { TraceEvent } from './events.ts'

export type BeatKind =
  | 'arrives'
  | 'read'
  | 'parsed'
  | 'environ'
  | 'waits'
  | 'called'
  | 'reads'
  | 'answers'
  | 'chunks'
  | 'ends'
  | 'refused'
  | 'raised'
  | 'dead'

export interface Beat {
  readonly kind: BeatKind
  /** Index of its first event. */
  readonly from: number
  /** One more than the index of its last event. */
  readonly to: number
  /** When its first event happened, in microseconds since the run began. */
  readonly at: number
}

/** The order of the story. What comes late (a read between two chunks) stays in the beat that is on. */
const RANK: Record<Exclude<BeatKind, 'refused' | 'raised' | 'dead'>, number> = {
  arrives: 0,
  read: 1,
  parsed: 2,
  environ: 3,
  waits: 4,
  called: 5,
  reads: 6,
  answers: 7,
  chunks: 8,
  ends: 9,
}

/** After an accident the story goes on with what is sent, whatever was sent before. */
const RANK_AFTER_ACCIDENT = RANK.answers

/** The beat an event opens, or null for one that belongs to whatever is on. `answers`: start_response has been called. */
function beatOf(event: TraceEvent, called: boolean, answers: boolean): BeatKind | null {
  switch (event.kind) {
    case 'connection.opened':
      return 'arrives'
    case 'server.died':
    case 'server.absent':
      return 'dead'
    case 'socket.received':
      return 'read'
    case 'request.line':
    case 'request.header':
    case 'request.body':
    case 'uwsgi.packet':
      return 'parsed'
    case 'environ.built':
      return 'environ'
    case 'app.queued':
      return 'waits'
    case 'app.called':
      return 'called'
    case 'input.read':
      return 'reads'
    case 'app.startResponse':
      return 'answers'
    case 'app.wrote':
    case 'app.yielded':
      return 'chunks'
    case 'app.returned':
      // A generator has returned before it runs, and calls start_response when it does.
      return answers ? 'chunks' : null
    case 'response.serialized':
    case 'socket.sent':
      // "100 Continue" goes out while the request is still being read.
      return called ? 'chunks' : null
    case 'response.answered':
    case 'app.closed':
    case 'connection.closed':
      return 'ends'
    case 'gateway.refused':
    case 'tap.bytesOnly':
      return 'refused'
    case 'app.raised':
    case 'app.died':
      return 'raised'
    default:
      return null
  }
}

/** What goes out after one of these is the answer. `app.startResponse` is the first sign of one that a tap sees. */
const ANSWER_FOLLOWS: ReadonlySet<TraceEvent['kind']> = new Set([
  'app.called',
  'app.died',
  'app.startResponse',
  'gateway.refused',
  'tap.bytesOnly',
])

/** The beats of the events so far, and what decides about the next one. */
export interface BeatsSoFar {
  readonly beats: readonly Beat[]
  readonly rank: number
  readonly called: boolean
  readonly answers: boolean
}

export const NO_BEATS: BeatsSoFar = { beats: [], rank: -1, called: false, answers: false }

/** @param events those of one exchange, of which those before `from` are in `before` already. */
export function extendBeats(before: BeatsSoFar, events: readonly TraceEvent[], from: number): BeatsSoFar {
  const beats = [...before.beats]
  let { rank, called, answers } = before
  let open = beats.pop() ?? null
  for (let index = from; index < events.length; index++) {
    const event = events[index]
    if (event === undefined) continue
    called ||= ANSWER_FOLLOWS.has(event.kind)
    const kind = beatOf(event, called, answers)
    answers ||= event.kind === 'app.startResponse'
    const accident = kind === 'refused' || kind === 'raised' || kind === 'dead'
    if (open !== null && (kind === null || !(accident || RANK[kind] > rank))) continue
    if (open !== null) beats.push({ ...open, to: index })
    open = { kind: kind ?? 'read', from: index, to: index + 1, at: event.at }
    rank = accident ? RANK_AFTER_ACCIDENT : kind === null ? rank : RANK[kind]
  }
  if (open !== null) beats.push({ ...open, to: events.length })
  return { beats, rank, called, answers }
}

/** @param events those of one exchange on one of its hops, as `TraceIndex.eventsOf` and `onHop` give them. */
export const beatsOf = (events: readonly TraceEvent[]): readonly Beat[] => extendBeats(NO_BEATS, events, 0).beats

/** Index of the beat the playhead is in; the first beat before anything has happened; -1 where there are none. */
export function beatAt(beats: readonly Beat[], playhead: number): number {
  for (const [index, beat] of beats.entries()) if (playhead <= beat.to) return index
  return beats.length - 1
}
