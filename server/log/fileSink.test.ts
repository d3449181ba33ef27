import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { EventLog } from '../../shared/log/eventLog.ts'
import type { TraceBody } from '../../shared/trace/events.ts'
import { readTrace } from '../../shared/trace/file.ts'
import { logScheduler } from '../turns.ts'
import { FileSink } from './fileSink.ts'
import { StreamTarget } from './traceTarget.ts'

const ADDRESS = { host: '127.0.0.1', port: 1 }
const HEADER = { trace: 'wsgiscope', version: 1, run: 'r', startedAt: 0, app: 'a:app', gateway: ADDRESS } as const
const OPENED: TraceBody = { kind: 'connection.opened', peer: ADDRESS, local: ADDRESS, protocol: 'http', via: 'direct' }
const SENT = new Uint8Array(65_536)

/** A reader that takes nothing until it is told to. */
function stoppedReader() {
  const taken: Buffer[] = []
  let go: (() => void) | null = null
  const stream = new Writable({
    write(piece: Buffer, _encoding, done) {
      taken.push(piece)
      if (go === null) go = done
      else done()
    },
  })
  return { stream, text: () => Buffer.concat(taken).toString(), go: () => go?.() }
}

const turn = () => new Promise((resolve) => setImmediate(resolve))

test('of a reader that has stopped whole requests are left out, memory is bounded, and the trace says how much', async () => {
  let now = 0
  const log = new EventLog(logScheduler(() => now))
  const said: string[] = []
  const reader = stoppedReader()
  const say = (text: string) => {
    said.push(text)
    log.note({ kind: 'log.line', source: 'server', text })
  }
  const sink = new FileSink(new StreamTarget('-', reader.stream, { onGone: () => undefined, say }), HEADER, log, say)
  const connection = log.connection()
  const append = (exchange: number | null, body: TraceBody) => connection.append({ at: ++now, exchange, body })
  append(null, OPENED)
  let sent = 0
  const request = async () => {
    const exchange = log.count('requests')
    const bytes = new Uint8Array(Buffer.from('GET'))
    append(null, { kind: 'socket.received', start: exchange * 3, length: 3, bytes })
    for (let i = 0; i < 20; i++) {
      const end = sent + SENT.length
      append(exchange, { kind: 'response.serialized', segments: [{ start: sent, end, from: 'chunk:0' }] })
      append(exchange, { kind: 'socket.sent', start: sent, length: SENT.length, bytes: SENT })
      sent = end
      await turn()
    }
    append(exchange, { kind: 'response.answered', by: 'application', status: 200, complete: true })
  }
  for (let i = 0; i < 40; i++) await request()
  expect(reader.stream.writableLength).toBeLessThan(18 * 1024 * 1024)
  expect(said).toEqual(['- is not read: the trace leaves out what happens meanwhile'])
  reader.go()
  await turn()
  for (let i = 0; i < 2; i++) await request()
  await sink.close()
  const { events } = readTrace(reader.text())
  expect(events.flatMap((event) => (event.kind === 'log.line' ? [event.text] : []))).toEqual(said)
  expect(said).toEqual([
    '- is not read: the trace leaves out what happens meanwhile',
    expect.stringMatching(/^the trace lacks \d+ events before this line: - was not read$/),
  ])
  const answered = events.flatMap(({ kind, exchange }) => (kind === 'response.answered' ? [exchange] : []))
  expect(answered.slice(-2)).toEqual([41, 42])
  expect(answered.length).toBeLessThan(30)
  for (const id of answered) {
    expect(events.filter(({ kind, exchange }) => exchange === id && kind === 'socket.sent')).toHaveLength(20)
  }
})

test('a single event of any length is written, and the lines before it first', async () => {
  const log = new EventLog(logScheduler(() => 0))
  const reader = stoppedReader()
  const listener = { onGone: () => undefined, say: () => undefined }
  reader.go()
  const sink = new FileSink(new StreamTarget('-', reader.stream, listener), HEADER, log, () => undefined)
  reader.go()
  log.note({ kind: 'log.line', source: 'stdout', text: 'short' })
  log.note({ kind: 'log.line', source: 'stdout', text: 'x'.repeat(3_000_000) })
  await sink.close()
  const { events } = readTrace(reader.text())
  expect(events.map((event) => (event.kind === 'log.line' ? event.text.length : 0))).toEqual([5, 3_000_000])
})
