import { expect, test } from 'vitest'
import type { EventOf, TraceBody, TraceEvent } from './events.ts'
import { RunFactsReader } from './runFacts.ts'
import { mainFileIn, sourceIn } from './sourceTexts.ts'

const event = (seq: number, body: TraceBody): TraceEvent => ({ seq, at: seq, conn: null, exchange: null, ...body })

const line = (seq: number, text = `line ${seq}`): EventOf<'log.line'> => ({
  ...{ seq, at: seq, conn: null, exchange: null, kind: 'log.line', source: 'stdout', text },
})

const source = (seq: number, text: string): TraceEvent =>
  event(seq, { kind: 'app.source', file: 'a.py', language: 'python', text, version: seq + 1 })

function read(...events: TraceEvent[]): RunFactsReader {
  const reader = new RunFactsReader()
  for (const one of events) reader.take(one)
  return reader
}

test('facts that have changed are another object, and those that have not are the same', () => {
  const reader = read(source(0, 'one'), line(1))
  const before = reader.facts
  expect(reader.facts).toBe(before)
  reader.take(event(2, { kind: 'app.queued', ahead: 1 }))
  expect(reader.facts).toBe(before)
  reader.take(source(3, 'two'))
  expect(reader.facts).not.toBe(before)
  expect(reader.facts.sources).not.toBe(before.sources)
  expect(reader.facts.logLines).toBe(before.logLines)
  expect(sourceIn(before.sources, 'a.py')?.text).toBe('one')
  expect(sourceIn(reader.facts.sources, 'a.py')?.text).toBe('two')
  expect(mainFileIn(reader.facts.sources)).toBe('a.py')
})

test('a server that has died is dead until it is started again', () => {
  const reader = read(event(0, { kind: 'server.died', reason: 'ValueError: no', traceback: null }))
  expect(reader.facts.dead).toMatchObject({ kind: 'server.died', reason: 'ValueError: no' })
  reader.take(event(1, { kind: 'server.started', file: 'server.py', again: true }))
  expect(reader.facts.dead).toBeNull()
})

test('a traceback is a line of the log', () => {
  const raised = event(0, { kind: 'app.raised', type: 'ValueError', message: 'no', traceback: 'ValueError: no' })
  expect(read(raised).facts.logLines).toMatchObject([{ seq: 0, source: 'stderr', text: 'ValueError: no' }])
})

test.each([13, 900, 10_000])('the newest lines are kept without a gap, looked at after every %d', (every) => {
  const reader = new RunFactsReader()
  for (let seq = 0; seq < 5432; seq++) {
    reader.take(line(seq))
    if (seq % every === 0) {
      const seqs = reader.facts.logLines.map((kept) => kept.seq)
      expect(seqs).toEqual(Array.from({ length: seqs.length }, (_, at) => seq - seqs.length + 1 + at))
      expect(seqs.length).toBeGreaterThanOrEqual(Math.min(seq + 1, 1000))
      expect(seqs.length).toBeLessThanOrEqual(2000)
    }
  }
})

test('lines that somebody else had kept stand where they belong, each once', () => {
  const reader = read(line(2), line(5))
  reader.addLines([line(0), line(2), line(3)])
  expect(reader.facts.logLines.map(({ seq }) => seq)).toEqual([0, 2, 3, 5])
})
