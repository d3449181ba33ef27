/** A recording may say anything. What the check lets through must be drawn, at every playhead, without an exception. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answering, called, closed, raised } from '../../shared/testing/apps.ts'
import { CHUNKED, exchange, GET, POST, reading, recorded } from '../../shared/testing/recorded.ts'
import { Tapped } from '../../shared/testing/tapped.ts'
import { beatsOf } from '../../shared/trace/beats.ts'
import { Coherence } from '../../shared/trace/coherence.ts'
import { TRACE_VERSION, TraceEvent } from '../../shared/trace/events.ts'
import { encodeRecord, readTrace, TraceFormatError } from '../../shared/trace/file.ts'
import { TraceIndex } from '../../shared/trace/traceIndex.ts'
import { captions } from '../i18n/en/captions.ts'
import { stage as words } from '../i18n/en/stage.ts'
import { captionOf, readingMs } from './captionOf.ts'
import { direct } from './deployments/direct.ts'
import { layout, type Scene } from './scene.ts'

const SOURCE = 'def app(environ, start_response):\n    start_response("200 OK", [])\n    return [b"x"]\n'

const HEADER = `${encodeRecord({
  trace: 'wsgiscope',
  version: TRACE_VERSION,
  run: 'r',
  startedAt: 0,
  app: 'hello.py:app',
  gateway: { host: '127.0.0.1', port: 8888 },
})}\n`

const traces: Record<string, readonly TraceEvent[]> = {
  several: recorded(exchange(reading, GET, POST), exchange(reading, CHUNKED)),
  stream: recorded(exchange(answering('200 OK', [['X', 'y']], ['one', '', 'three'], null), GET)),
  refused: recorded(exchange(reading, 'GET /a b HTTP/1.1\r\nHost: x\r\n\r\n')),
  raises: recorded(exchange(() => [{ kind: 'queued', ahead: 2 }, called, raised, closed], GET)),
  tapped: new Tapped(['> GET /x?y HTTP/1.1', '> \r\nHost: a\r\n\r\n', '< HTTP/1.1 200 OK\r\n\r\nyes', '<|', '> ?!'])
    .events,
}

function draw(events: readonly TraceEvent[], playhead: number, width = 1440): Scene {
  return layout({
    events,
    playhead,
    view: { width, height: 640 },
    words,
    sourceOf: (file) => ({ file, text: SOURCE }),
    deployment: direct,
    appFile: '/app/hello.py',
    pinned: null,
    folded: new Set(),
    enlarged: null,
    scrolled: {},
  })
}

/** Draws every exchange of the trace at every event, and between any two. */
function drawAll(events: readonly TraceEvent[]): void {
  const index = new TraceIndex()
  index.append(events)
  for (const { id } of index.exchanges) {
    const own = index.eventsOf(id)
    for (let playhead = 0; playhead <= own.length; playhead += 0.5) {
      draw(own, playhead)
      captionOf(own, playhead, captions)
    }
    for (const beat of beatsOf(own)) expect(readingMs(own, beat, captions)).toBeGreaterThan(0)
  }
}

type Json = null | boolean | number | string | Json[] | { [key: string]: Json }

/** Every way into a JSON value, to a part of it that is no container. */
function leaves(value: Json, path: (string | number)[] = []): (string | number)[][] {
  if (value === null || typeof value !== 'object') return [path]
  const entries: [string | number, Json][] = Array.isArray(value) ? [...value.entries()] : Object.entries(value)
  return entries.flatMap(([key, part]) => leaves(part, [...path, key]))
}

function replaced(value: Json, path: readonly (string | number)[], by: Json): Json {
  const [key, ...rest] = path
  if (key === undefined) return by
  if (Array.isArray(value)) return value.map((part, at) => (at === key ? replaced(part, rest, by) : part))
  if (value === null || typeof value !== 'object') return by
  return { ...value, [key]: replaced(value[String(key)] ?? null, rest, by) }
}

const lie = fc.oneof(
  fc.constantFrom<Json>(null, 0, 1, -1, 3, 17, 1e9, Number.MAX_SAFE_INTEGER, '', 'QUJD', [], {}),
  fc.nat(200),
  fc.string({ unit: 'binary', maxLength: 40 }),
)

/** A line with some of its values exchanged for others. */
const lying = (line: string): fc.Arbitrary<string> => {
  const record: Json = JSON.parse(line)
  const change = fc.tuple(fc.constantFrom(...leaves(record)), lie)
  return fc
    .array(change, { minLength: 1, maxLength: 3 })
    .map((changes) => JSON.stringify(changes.reduce((value, [path, by]) => replaced(value, path, by), record)))
}

/** The lines of a recording, one of them a lie, one missing, told twice, or told early. */
const mutated = fc.constantFrom(...Object.values(traces)).chain((events) => {
  const lines = events.map(encodeRecord)
  const at = fc.nat(lines.length - 1)
  return fc.oneof(
    at.chain((n) => lying(lines[n] ?? '').map((line) => lines.with(n, line))),
    at.map((n) => lines.toSpliced(n, 1)),
    fc.tuple(at, at).map(([from, to]) => lines.toSpliced(from, 1).toSpliced(to, 0, lines[from] ?? '')),
  )
})

/** `seq` by place, so that what is looked at is not refused for its number. */
const renumbered = (lines: readonly string[]): string[] =>
  lines.map((line, seq) => line.replace(/"seq":\d+/, `"seq":${seq}`))

describe('a recording that lies', () => {
  test('is refused with its line, or drawn at every playhead', () => {
    fc.assert(
      fc.property(mutated, (lines) => {
        let events: TraceEvent[]
        try {
          events = readTrace(`${HEADER}${renumbered(lines).join('\n')}\n`).events
        } catch (error) {
          expect(error).toBeInstanceOf(TraceFormatError)
          expect(error).toHaveProperty('message', expect.stringMatching(/^line \d+: /))
          return
        }
        drawAll(events)
      }),
      { numRuns: 300 },
    )
  })

  test('of a live server loses the events that lie, and the rest is drawn', () => {
    fc.assert(
      fc.property(mutated, (lines) => {
        const coherence = new Coherence()
        const events = renumbered(lines).flatMap((line) => {
          const { bytes, ...rest } = JSON.parse(line)
          const event = TraceEvent.safeParse(bytes === undefined ? rest : { ...rest, bytes: null })
          return event.success && coherence.fault(event.data) === null ? [event.data] : []
        })
        drawAll(events)
      }),
      { numRuns: 200 },
    )
  })
})

test.each(Object.entries(traces))('%s as it was recorded is coherent', (_, events) => {
  const coherence = new Coherence()
  expect(events.map((event) => coherence.fault(event)).filter((fault) => fault !== null)).toEqual([])
})
