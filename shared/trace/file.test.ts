import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { exchange, GET, POST, reading, recorded } from '../testing/recorded.ts'
import { TRACE_VERSION, type TraceHeader } from './events.ts'
import { decodeRecord, encodeRecord, readTrace, TraceFormatError } from './file.ts'

const header: TraceHeader = {
  trace: 'wsgiscope',
  version: TRACE_VERSION,
  run: 'r1',
  startedAt: 1_700_000_000_000,
  app: 'hello.py:app',
  gateway: { host: '127.0.0.1', port: 8888 },
}
const events = recorded(exchange(reading, GET), exchange(reading, POST))
const file = [header, ...events].map((record) => `${encodeRecord(record)}\n`).join('')

describe('a trace file', () => {
  test('read back is the trace that was written, bytes and all', () => {
    expect(readTrace(file)).toEqual({ header, events, cutOff: false })
  })

  test('cut off in its last line loses that line alone', () => {
    for (let cut = 1; cut < 60; cut++) {
      const { events: read, cutOff } = readTrace(file.slice(0, -1 - cut))
      expect(cutOff).toBe(true)
      expect(read).toEqual(events.slice(0, read.length))
      expect(read.length).toBeGreaterThanOrEqual(events.length - 2)
    }
  })

  test.each([
    ['', 'the file is empty'],
    ['{"seq":0}\n', 'line 1:'],
    [`${encodeRecord(header)}\nnonsense\n`, 'line 2: not JSON'],
    [`${encodeRecord(header)}\n${encodeRecord(header)}\n`, 'line 2: a second header'],
    [`${JSON.stringify({ ...header, version: 99 })}\n`, 'reads version 1'],
    [`${JSON.stringify({ ...header, trace: 'other' })}\n`, 'not a trace of wsgiscope'],
    [`${encodeRecord(header)}\n{"seq":0,"at":0,"conn":1,"exchange":null,"kind":"nothing"}\n`, 'line 2: kind'],
  ])('that is none says which line is wrong and how: %j', (text, message) => {
    expect(() => readTrace(text)).toThrow(message)
    expect(() => readTrace(text)).toThrow(TraceFormatError)
  })

  test('with a repeated or earlier seq is out of order', () => {
    const line = encodeRecord(events[0] ?? header)
    expect(() => readTrace(`${encodeRecord(header)}\n${line}\n${line}\n`)).toThrow('line 3: seq 0 after 0')
  })

  test('any text is either a record or a TraceFormatError', () => {
    const lines = [...file.split('\n').filter((line) => line !== '')]
    const mutated = fc
      .tuple(fc.constantFrom(...lines), fc.nat(400), fc.string({ maxLength: 4 }), fc.nat(6))
      .map(([line, at, insert, drop]) => line.slice(0, at) + insert + line.slice(at + drop))
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.json(), mutated), (line) => {
        try {
          expect(['string', 'number']).toContain(typeof ('seq' in decodeRecord(line) ? 1 : ''))
        } catch (error) {
          expect(error).toBeInstanceOf(TraceFormatError)
        }
      }),
      { numRuns: 500 },
    )
  })
})
