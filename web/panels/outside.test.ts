import { describe, expect, test } from 'vitest'
import { exchange, GET, POST, reading, recorded } from '../../shared/testing/recorded.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { TraceIndex } from '../../shared/trace/traceIndex.ts'
import { outsideOf } from './outside.ts'

const NONE: ReadonlySet<number> = new Set()

function told(request: string): readonly TraceEvent[] {
  const index = new TraceIndex()
  index.append(recorded(exchange(reading, request)))
  return index.eventsOf(1)
}
const upTo = (events: readonly TraceEvent[], kind: TraceEvent['kind']): number =>
  events.findIndex((event) => event.kind === kind) + 1
const end = (request: string) => {
  const events = told(request)
  return outsideOf(events, events.length, NONE)
}

describe('a request from elsewhere than the page’s own terminal', () => {
  const events = told(POST)

  test('is told step by step: who it is, what was sent when it has been read, what came back as it is sent', () => {
    expect(outsideOf(events, 0, NONE)).toBeNull()
    expect(outsideOf(events, upTo(events, 'connection.opened'), NONE)).toMatchObject({
      agent: '',
      command: null,
      answer: '',
    })
    const environ = outsideOf(events, upTo(events, 'environ.built'), NONE)
    expect(environ).toMatchObject({
      kind: 'terminal',
      agent: 'curl/8.5.0',
      command: "curl -i -H 'Content-Type: text/plain' -d 'How are you' 'localhost:8888/hello?name=Ada'",
      answer: '',
    })
    expect(outsideOf(events, upTo(events, 'app.yielded'), NONE)?.answer).toBe('')
    expect(outsideOf(events, events.length, NONE)?.answer).toMatch(/^HTTP\/1\.1 200 OK\n[\s\S]*\n\nHello, Ada!$/)
  })

  test('is none where the page’s own terminal sent it: by what it says, or by its connection', () => {
    const opened = events.find((event) => event.kind === 'connection.opened')
    const port = opened?.kind === 'connection.opened' ? opened.peer.port : 0
    expect(outsideOf(events, events.length, new Set([port]))).toBeNull()
    expect(end(GET.replace('curl/8.5.0', 'wsgiscope-client/0.1.0'))).toBeNull()
  })

  test('of a browser has its name, and not all that it sends for itself', () => {
    const firefox = 'Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0'
    expect(
      end(GET.replace('curl/8.5.0', firefox).replace('\r\n\r\n', '\r\nAccept-Language: en\r\n\r\n')),
    ).toMatchObject({
      kind: 'browser',
      agent: 'Firefox/131.0',
      command: "curl -i 'localhost:8888/hello?name=Ada'",
    })
  })

  test('that could not be read is no command, and a quotation mark in one ends no word', () => {
    expect(end('nonsense\r\n\r\n')?.command).toBeNull()
    expect(end(GET.replace('Accept: */*', "X-Name: O'Hara"))?.command).toContain("-H 'X-Name: O'\\''Hara'")
  })
})
