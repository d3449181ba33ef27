/** A tap between two that speak uwsgi: packets one way, HTTP the other. */
import { describe, expect, test } from 'vitest'
import { type Line, tapped } from '../testing/tapped.ts'
import { packet } from '../testing/uwsgiPackets.ts'
import type { TraceBody } from '../trace/events.ts'

const GET = packet({ PATH_INFO: '/a', UWSGI_SCRIPT: 'x' })
const OK = '< HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhello'

const heard = (lines: readonly Line[]) => {
  const result = tapped(lines, { speaks: 'uwsgi' })
  const sent = (side: '>' | '<') =>
    lines.flatMap((line) => (line.startsWith(`${side} `) ? [line.slice(2)] : [])).join('')
  expect(result.stream('socket.received')).toBe(sent('>'))
  expect(result.stream('socket.sent')).toBe(sent('<'))
  return result.story.map(({ body }) => body)
}

const kinds = (story: readonly TraceBody[]): string[] => story.map(({ kind }) => kind)

describe('a tap for uwsgi', () => {
  test('tells the packet, and the answer, which is HTTP up to the end of the connection', () => {
    const story = heard([`> ${GET}`, OK, '<|', '>|'])
    expect(kinds(story)).toEqual([
      'connection.opened',
      'uwsgi.packet',
      'app.startResponse',
      'response.answered',
      'connection.closed',
    ])
    expect(story).toContainEqual(expect.objectContaining({ kind: 'connection.opened', protocol: 'uwsgi', via: 'tap' }))
    expect(story).toContainEqual({ kind: 'response.answered', by: 'server', status: 200, complete: true })
  })

  test('does not say what a server keeps from its application: that cannot be seen', () => {
    const [told] = heard([`> ${GET}`]).filter((body) => body.kind === 'uwsgi.packet')
    expect(told?.vars.map(({ key }) => key)).toEqual(['REQUEST_METHOD', 'PATH_INFO', 'UWSGI_SCRIPT'])
    expect(told?.vars.some((each) => each.dropped !== undefined)).toBe(false)
  })

  test('tells a body by its announced length, and knows that an answer to HEAD has none', () => {
    const post = packet({ REQUEST_METHOD: 'POST', CONTENT_LENGTH: '3' })
    expect(heard([`> ${post}abc`, OK, '<|', '>|'])).toContainEqual(
      expect.objectContaining({ kind: 'request.body', framing: 'length', length: 3 }),
    )
    const head = packet({ REQUEST_METHOD: 'HEAD' })
    const told = heard([`> ${head}`, '< HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n', '<|', '>|'])
    expect(told).toContainEqual(expect.objectContaining({ kind: 'response.answered', complete: true }))
  })

  test.each<[what: string, said: string, code: string]>([
    ['a packet for another plugin', '\x64\x00\x00\x00', 'modifier1'],
    ['HTTP', 'GET / HTTP/1.1\r\n\r\n', 'uwsgi-http'],
    ['a block of variables that lies', '\x00\x03\x00\x00\xff\x00A', 'variable-too-long'],
  ])('what it does not understand passes as bytes: %s', (_what, said, code) => {
    const story = heard([`> ${said}`, '< whatever', '<|', '>|'])
    expect(story.find((body) => body.kind === 'tap.bytesOnly')).toMatchObject({ from: 'client', code })
  })

  test('an answer cut short is not complete', () => {
    const story = heard([`> ${GET}`, '< HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc', '<|', '>|'])
    expect(story).toContainEqual({ kind: 'response.answered', by: 'server', status: 200, complete: false })
  })
})
