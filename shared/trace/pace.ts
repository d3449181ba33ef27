/**
 * How fast an exchange is told. What took 300 microseconds is shown in seconds; the true times stay on the timeline.
 * Playing is a function of elapsed time, so that pausing, seeking and playing again need no state of their own.
 */
import { assertNever } from '../assertNever.ts'
import type { Beat } from './beats.ts'
import type { TraceEvent, TraceKind } from './events.ts'

export interface PaceOptions {
  /** How long the beat's caption takes to read, in milliseconds. */
  readingMs: (beat: Beat) => number
  /** How many exchanges of the same kind were shown before this one. */
  familiarity: number
  /** 1 is the ordinary speed. */
  speed: number
}

export interface Pace {
  readonly totalMs: number
  playheadAt(ms: number): number
  /** When the playhead gets to `playhead`: the inverse of `playheadAt`, at the beginning of a rest. */
  msAt(playhead: number): number
  /** When it moves on from there: the same, at the end of a rest. */
  leavesAt(playhead: number): number
}

/** What is left of the first one's time for the second, the third, and all later ones. */
const FAMILIAR = [1, 0.55, 0.33, 0.2] as const

/** Milliseconds in flight, the first time. */
function flightMs(kind: TraceKind): number {
  switch (kind) {
    case 'environ.built':
      return 3600
    case 'app.startResponse':
    case 'socket.received':
    case 'request.line':
    case 'app.called':
    case 'input.read':
      return 900
    case 'response.serialized':
    case 'socket.sent':
    case 'app.yielded':
    case 'app.wrote':
    case 'gateway.refused':
    case 'tap.bytesOnly':
    case 'app.raised':
    case 'app.died':
    case 'server.died':
    case 'server.absent':
      return 700
    case 'connection.opened':
    case 'app.queued':
    case 'request.body':
    case 'uwsgi.packet':
      return 450
    case 'request.header':
      return 110
    case 'app.returned':
    case 'response.answered':
    case 'app.closed':
    case 'connection.closed':
    case 'response.waiting':
    case 'environ.changed':
    case 'app.caught':
    case 'referee.finding':
    case 'hold.entered':
    case 'hold.released':
    case 'app.line':
    case 'server.accepted':
    case 'server.received':
      return 140
    case 'trace.omitted':
    case 'log.line':
    case 'app.source':
    case 'app.reloaded':
    case 'server.started':
      return 0
    default:
      return assertNever(kind)
  }
}

/** Of a kind that comes many times in one beat, all together take at most this many times as long as one. */
const CROWD = 6

/** Even the shortest rest is long enough to see that something has arrived. */
const SHORTEST_REST_MS = 260

export function paceOf(events: readonly TraceEvent[], beats: readonly Beat[], options: PaceOptions): Pace {
  const familiar = FAMILIAR[Math.min(options.familiarity, FAMILIAR.length - 1)] ?? 1
  const scale = familiar / options.speed
  /** For each event, when its flight begins; then when it has landed. Rests lie between a landing and the next start. */
  const starts: number[] = []
  const landings: number[] = []
  let ms = 0
  for (const beat of beats) {
    const counts = new Map<TraceKind, number>()
    for (let i = beat.from; i < beat.to; i++) {
      const kind = events[i]?.kind
      if (kind !== undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1)
    }
    const begin = ms
    for (let i = beat.from; i < beat.to; i++) {
      const kind = events[i]?.kind ?? 'log.line'
      const crowd = Math.min(1, CROWD / (counts.get(kind) ?? 1))
      starts.push(ms)
      ms += flightMs(kind) * crowd * scale
      landings.push(ms)
    }
    ms += Math.max(SHORTEST_REST_MS * scale, options.readingMs(beat) * scale - (ms - begin))
  }
  const msAt = (playhead: number): number => {
    const index = Math.floor(playhead)
    const fraction = playhead - index
    if (fraction === 0) return landings[index - 1] ?? 0
    const start = starts[index] ?? ms
    return start + ((landings[index] ?? ms) - start) * fraction
  }
  return {
    totalMs: ms,
    playheadAt(elapsed) {
      // The first event that has not landed yet.
      let low = 0
      let high = landings.length
      while (low < high) {
        const middle = (low + high) >> 1
        if ((landings[middle] ?? 0) <= elapsed) low = middle + 1
        else high = middle
      }
      const start = starts[low]
      const landing = landings[low]
      if (start === undefined || landing === undefined) return landings.length
      return elapsed <= start ? low : low + (elapsed - start) / (landing - start)
    },
    msAt,
    leavesAt: (playhead) => (Number.isInteger(playhead) ? (starts[playhead] ?? ms) : msAt(playhead)),
  }
}
