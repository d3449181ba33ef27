import { describe, expect, test } from 'vitest'
import { exchange, GET, reading, recorded } from '../../shared/testing/recorded.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { encodeRecord, TraceFormatError } from '../../shared/trace/file.ts'
import { header } from '../testing/recorder.ts'
import { type FileSource, type Readable, readFile } from './file.ts'

const utf8 = new TextEncoder()
const lines = (events: readonly TraceEvent[]): string =>
  [header('file'), ...events].map((record) => `${encodeRecord(record)}\n`).join('')

/** A file whose pieces are made when they are read. */
function fileOf(size: number, pieces: () => Generator<Uint8Array<ArrayBuffer>>): Readable {
  return {
    size,
    stream() {
      const rest = pieces()
      return new ReadableStream({
        pull(controller) {
          const { value, done } = rest.next()
          if (done === true) controller.close()
          else controller.enqueue(value)
        },
      })
    },
  }
}

function shown(source: FileSource): { events: readonly TraceEvent[]; letGo: number } {
  let heard: { events: readonly TraceEvent[]; letGo: number } = { events: [], letGo: -1 }
  const nothing = (): void => undefined
  source.start({
    onHello: nothing,
    onSnapshot: ({ events, letGo }) => {
      heard = { events, letGo }
    },
    onEvents: nothing,
    onCounts: nothing,
    onStatus: nothing,
    onClientOutput: nothing,
    onClientHeard: nothing,
    onClientDone: nothing,
    onProblem: nothing,
  })
  return heard
}

const events = recorded(exchange(reading, GET))

describe('a file', () => {
  test('is the same trace in pieces of any size, characters torn apart included', async () => {
    const text = lines([
      ...events,
      { seq: 999, at: 1e6, conn: null, exchange: null, kind: 'log.line', source: 'server', text: '你好' },
    ])
    const bytes = utf8.encode(text)
    for (const size of [1, 7, 1000, bytes.length]) {
      const pieces = function* () {
        for (let at = 0; at < bytes.length; at += size) yield bytes.slice(at, at + size)
      }
      const { events: read } = shown(await readFile(fileOf(bytes.length, pieces)))
      expect(read.slice(0, -1)).toEqual(events)
      expect(read.at(-1)).toHaveProperty('text', '你好')
    }
  })

  test('whose last line was cut off loses that line alone', async () => {
    const bytes = utf8.encode(lines(events).slice(0, -9))
    const { events: read } = shown(await readFile(new Blob([bytes])))
    expect(read).toEqual(events.slice(0, -1))
  })

  test('with one line of 600 MB is read, and its bytes are said to be elsewhere', async () => {
    const [head = '', tail = ''] = lines(events).split(/(?<="kind":"app.yielded","length":)11,"bytes":"[^"]*"/)
    const piece = new Uint8Array(1024 * 1024).fill(0x41)
    const parts: number[] = []
    const file = fileOf(600 * piece.length, function* () {
      yield utf8.encode(`${head}${450 * piece.length},"bytes":"`)
      for (let n = 0; n < 600; n++) yield piece
      yield utf8.encode(`"${tail}`)
    })
    const { events: read } = shown(await readFile(file, { onProgress: (part) => parts.push(part) }))
    const yielded = read.find(({ kind }) => kind === 'app.yielded')
    expect(read).toHaveLength(events.length)
    expect(yielded).toMatchObject({ length: 450 * piece.length, bytes: null })
    expect(parts[300]).toBeCloseTo(0.5, 1)
  })

  test('with more exchanges than are kept shows the newest, and says how many are let go', async () => {
    const { events: read, letGo } = shown(
      await readFile(
        fileOf(1, function* () {
          yield utf8.encode(lines([]))
          for (let n = 0; n < 4500; n++) {
            const own = events.map((event) => ({
              ...event,
              seq: event.seq + n * events.length,
              conn: n + 1,
              exchange: event.exchange === null ? null : n + 1,
            }))
            yield utf8.encode(own.map((event) => `${encodeRecord(event)}\n`).join(''))
          }
        }),
      ),
    )
    expect(letGo).toBe(2500)
    expect(read).toHaveLength(2000 * events.length)
    expect(read.at(-1)?.conn).toBe(4500)
  })

  test('that contradicts itself is refused with the line', async () => {
    const lie = lines(events).replace('"length":91', '"length":92')
    const reading = readFile(new Blob([lie]))
    await expect(reading).rejects.toThrow(TraceFormatError)
    await expect(reading).rejects.toThrow('line 3: socket.received: length is 92, but 91 bytes are there')
  })

  test('with a line that is too long, and not for its bytes, is refused before it is all in memory', async () => {
    const piece = new Uint8Array(1024 * 1024).fill(0x41)
    let made = 0
    const file = fileOf(1, function* () {
      yield utf8.encode(`${lines([])}{"text":"`)
      for (; made < 600; made++) yield piece
    })
    await expect(readFile(file)).rejects.toThrow('line 2: a line of more than 16777216 characters')
    expect(made).toBeLessThan(40)
  })

  test('whose reading is given up is read no further', async () => {
    const abort = new AbortController()
    let made = 0
    const file = fileOf(100, function* () {
      yield utf8.encode(lines([]))
      for (; ; made++) yield utf8.encode('{')
    })
    const onProgress = () => made > 10 && abort.abort()
    await expect(readFile(file, { signal: abort.signal, onProgress })).rejects.toThrow('aborted')
  })
})
