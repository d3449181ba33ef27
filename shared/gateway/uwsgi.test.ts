/** Requests that come as packets of the uwsgi protocol: what the application is given, and what goes back. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { latin1Decode } from '../bytes/latin1.ts'
import { answering, echo, hello } from '../testing/apps.ts'
import { cutBy, withChanges } from '../testing/changes.ts'
import type { Conversation, TestApp } from '../testing/conversation.ts'
import { expectSame, play, replaySplit } from '../testing/replaySplit.ts'
import { readResponses } from '../testing/responses.ts'
import { uwsgiCases } from '../testing/uwsgiCases.ts'
import { packet } from '../testing/uwsgiPackets.ts'
import { MOST_BYTES } from '../uwsgi/packet.ts'
import { writePacket } from '../uwsgi/packetWriter.ts'
import { parseVariables } from '../uwsgi/variables.ts'

const UWSGI = { speaks: 'uwsgi' } as const

const asked = (send: string, app: TestApp = echo): Conversation => replaySplit(app, [send], UWSGI)

/** Key to value, of the one request. */
function environOf(send: string): Record<string, string> {
  const [call, ...more] = asked(send).calls
  expect(more).toEqual([])
  return Object.fromEntries((call?.environ ?? []).map(({ key, value }) => [key, value]))
}

const entryOf = (send: string, key: string) => asked(send).calls[0]?.environ.find((entry) => entry.key === key)

const bodies = (conversation: Conversation, kind: string) =>
  conversation.drafts.map(({ body }) => body).filter((body) => body.kind === kind)

describe('a packet', () => {
  test('is told with its four bytes, and each variable where it stands', () => {
    const send = packet({ HTTP_HOST: 'x', SCRIPT_NAME: '' }, { modifier2: 7 })
    const [event] = bodies(asked(send), 'uwsgi.packet')
    if (event?.kind !== 'uwsgi.packet') throw new Error('no packet was told')
    expect(event).toMatchObject({ modifier1: 0, datasize: send.length - 4, modifier2: 7 })
    expect(event.vars.map(({ key, value }) => [key, value])).toEqual([
      ['REQUEST_METHOD', 'GET'],
      ['PATH_INFO', '/'],
      ['HTTP_HOST', 'x'],
      ['SCRIPT_NAME', ''],
    ])
    for (const { key, value, spans } of event.vars) {
      expect(send.slice(spans.key.start, spans.key.end)).toBe(key)
      expect(send.slice(spans.value.start, spans.value.end)).toBe(value)
    }
  })

  test('comes before the environ, and nothing of HTTP is said to have been parsed', () => {
    const kinds = asked(packet()).drafts.map(({ body }) => body.kind)
    expect(kinds.filter((kind) => /^(request|uwsgi|environ)/.test(kind))).toEqual(['uwsgi.packet', 'environ.built'])
  })

  test('opens a connection that says by which protocol', () => {
    expect(bodies(asked(packet()), 'connection.opened')).toMatchObject([{ protocol: 'uwsgi' }])
  })

  test('writes and reads any variables', () => {
    const byte = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code))
    const name = fc.stringMatching(/^[!-~]{1,20}$/)
    const value = fc.string({ unit: byte, maxLength: 300 })
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 40 }), (pairs) => {
        const text = latin1Decode(writePacket(pairs)).slice(4)
        expect(parseVariables(text, 0).map((variable) => [variable.name, variable.value])).toEqual(pairs)
      }),
    )
  })

  test.each([
    [
      'all of the variables',
      [
        ['A', 'a'.repeat(40_000)],
        ['B', 'b'.repeat(40_000)],
      ],
    ],
    ['a character that is no byte', [['A', '€']]],
  ] as const)('cannot be written where it has no room for %s', (_, pairs) => {
    expect(() => writePacket(pairs)).toThrow(RangeError)
  })

  test('has room for 65,535 bytes', () => {
    expect(writePacket([['A', 'a'.repeat(MOST_BYTES - 5)]])).toHaveLength(4 + MOST_BYTES)
    expect(environOf(packet({ A: 'a'.repeat(65_000) }).slice(0)).A).toHaveLength(65_000)
  })
})

describe('the environ of a packet', () => {
  test('is its variables, in their order, each with the bytes of its value and its name', () => {
    const send = packet({ QUERY_STRING: 'a=1', REMOTE_ADDR: '198.51.100.1' })
    const [call] = asked(send).calls
    expect(call?.environ.slice(0, 4).map(({ key }) => key)).toEqual([
      'REQUEST_METHOD',
      'PATH_INFO',
      'QUERY_STRING',
      'REMOTE_ADDR',
    ])
    const entry = entryOf(send, 'QUERY_STRING')
    const at = send.indexOf('a=1')
    expect(entry?.from).toEqual({ spans: [{ start: at, end: at + 3 }], transform: 'identity' })
    const name = send.indexOf('QUERY_STRING')
    expect(entry?.keySpans).toEqual([{ start: name, end: name + 12 }])
  })

  test('has what PEP 3333 asks for and nobody sent', () => {
    expect(environOf(packet({ PATH_INFO: null }))).toMatchObject({
      SCRIPT_NAME: '',
      PATH_INFO: '',
      QUERY_STRING: '',
      SERVER_NAME: 'localhost',
      SERVER_PORT: '8888',
      SERVER_PROTOCOL: 'HTTP/1.0',
      REMOTE_ADDR: '192.0.2.7',
      'wsgi.version': '(1, 0)',
      'wsgi.url_scheme': 'http',
      'wsgi.input': '<wsgi.input, 0 bytes>',
    })
  })

  test('takes what the server in front says of the client in place of what the socket says', () => {
    const environ = environOf(
      packet({ REMOTE_ADDR: '198.51.100.1', REMOTE_PORT: '1', SERVER_NAME: 'a', SERVER_PORT: '80' }),
    )
    expect(environ).toMatchObject({
      REMOTE_ADDR: '198.51.100.1',
      REMOTE_PORT: '1',
      SERVER_NAME: 'a',
      SERVER_PORT: '80',
    })
  })

  test('does not decode PATH_INFO again, and takes any byte in it', () => {
    expect(environOf(packet({ PATH_INFO: '/%41\xe4\0\n' })).PATH_INFO).toBe('/%41\xe4\0\n')
  })

  test('joins repeated headers as HTTP does, cookies by a semicolon', () => {
    const environ = environOf(packet({ HTTP_X: ['a', 'b'], HTTP_COOKIE: ['c=1', 'd=2'] }))
    expect(environ).toMatchObject({ HTTP_X: 'a, b', HTTP_COOKIE: 'c=1; d=2' })
  })

  test.each([
    [{ HTTPS: 'on' }, 'https'],
    [{ HTTPS: '1' }, 'https'],
    [{ HTTPS: 'off' }, 'http'],
    [{ HTTPS: '' }, 'http'],
    [{ UWSGI_SCHEME: 'https' }, 'https'],
    [{ UWSGI_SCHEME: 'http', HTTPS: 'on' }, 'http'],
    [{ REQUEST_SCHEME: 'https' }, 'http'],
  ])('%j gives wsgi.url_scheme %s', (variables, scheme) => {
    expect(environOf(packet(variables))['wsgi.url_scheme']).toBe(scheme)
  })

  test('says which bytes made it https', () => {
    const send = packet({ HTTPS: 'on' })
    const at = send.indexOf('on', send.indexOf('HTTPS') + 5)
    expect(entryOf(send, 'wsgi.url_scheme')?.from).toEqual({
      spans: [{ start: at, end: at + 2 }],
      transform: 'computed',
    })
  })
})

describe('a variable that the application does not get', () => {
  const droppedOf = (send: string) => {
    const [event] = bodies(asked(send), 'uwsgi.packet')
    return event?.kind === 'uwsgi.packet' ? event.vars.map(({ key, dropped }) => [key, dropped ?? null]) : []
  }
  const rulesOf = (send: string) =>
    bodies(asked(send), 'referee.finding').map((body) => (body.kind === 'referee.finding' ? body.rule : ''))

  test.each([
    ['UWSGI_SCRIPT', 'evil:app', 'code', ['variable-code']],
    ['UWSGI_MODULE', 'os', 'code', ['variable-code']],
    ['UWSGI_FILE', '/tmp/evil.py', 'code', ['variable-code']],
    ['UWSGI_CHDIR', '/', 'code', ['variable-code']],
    ['UWSGI_PYHOME', '/tmp/venv', 'code', ['variable-code']],
    ['wsgi.input', 'x', 'server-key', ['variable-of-server']],
    ['wsgi.url_scheme', 'https', 'server-key', ['variable-of-server']],
    ['HTTP_CONTENT_TYPE', 'a/b', 'bare-twin', []],
    ['HTTP_CONTENT_LENGTH', '9', 'bare-twin', []],
  ] as const)('%s is dropped, since it is %s', (name, value, dropped, rules) => {
    const send = packet({ [name]: value })
    expect(droppedOf(send)).toContainEqual([name, dropped])
    expect(rulesOf(send)).toEqual(rules)
    const { [name]: kept } = environOf(send)
    // What has the server's own name has the server's own value.
    expect(kept).toBe(dropped === 'server-key' ? environOf(packet())[name] : undefined)
  })

  test('is the first of two, where they are no headers, and that is said', () => {
    const send = packet({ SERVER_PORT: ['80', '443'] })
    expect(environOf(send).SERVER_PORT).toBe('443')
    expect(droppedOf(send).filter(([key]) => key === 'SERVER_PORT')).toEqual([
      ['SERVER_PORT', 'repeated'],
      ['SERVER_PORT', null],
    ])
    expect(rulesOf(send)).toEqual(['variable-repeated'])
  })

  test('is the coding of a body that was undone', () => {
    const send = `${packet({ REQUEST_METHOD: 'POST', HTTP_TRANSFER_ENCODING: 'chunked', CONTENT_LENGTH: '3' })}abc`
    expect(environOf(send)).not.toHaveProperty('HTTP_TRANSFER_ENCODING')
    expect(asked(send).calls[0]?.body).toBe('abc')
  })
})

describe('the body behind a packet', () => {
  test('is as long as CONTENT_LENGTH says, and no more is read', () => {
    const conversation = asked(`${packet({ REQUEST_METHOD: 'POST', CONTENT_LENGTH: '5' })}hello, and more`)
    expect(conversation.calls.map(({ body }) => body)).toEqual(['hello'])
    expect(bodies(conversation, 'request.body')).toMatchObject([{ framing: 'length', length: 5 }])
  })

  test.each([null, ''])('is none where CONTENT_LENGTH is %j', (length) => {
    expect(asked(packet({ CONTENT_LENGTH: length })).calls.map(({ body }) => body)).toEqual([''])
  })
})

describe('the answer to a packet', () => {
  const answerTo = (send: string, app: TestApp) => asked(send, app).answer

  test('is HTTP, and the last one of its connection', () => {
    const conversation = asked(packet({ SERVER_PROTOCOL: 'HTTP/1.1', HTTP_CONNECTION: 'keep-alive' }), hello)
    expect(conversation.answer).toMatch(/^HTTP\/1\.1 200 OK\r\n.*Content-Length: 5\r\nConnection: close\r\n\r\nhello$/s)
    expect(conversation.closed).toBe(true)
  })

  test('is never chunked: without a length it ends with the connection', () => {
    const answer = answerTo(packet({ SERVER_PROTOCOL: 'HTTP/1.1' }), answering('200 OK', [], ['a', 'b'], null))
    expect(answer).not.toMatch(/transfer-encoding/i)
    expect(answer).toMatch(/\r\n\r\nab$/)
  })

  test('to HEAD has no body', () => {
    expect(answerTo(packet({ REQUEST_METHOD: 'HEAD' }), hello)).toMatch(/Content-Length: 5\r\n.*\r\n\r\n$/s)
  })

  test('never asks for a body: the server in front has it already', () => {
    expect(answerTo(packet({ HTTP_EXPECT: '100-continue' }), hello)).toMatch(/^HTTP\/1\.1 200/)
  })

  test('is one: a second packet on the same connection is not read', () => {
    const conversation = asked(packet() + packet(), hello)
    expect(readResponses(conversation.answer, ['GET'])).toHaveLength(1)
    expect(conversation.calls).toHaveLength(1)
  })
})

describe('any stream of bytes to a port for uwsgi', () => {
  const seeds = [
    ...uwsgiCases.map(({ send }) => send).filter(({ length }) => length < 400),
    packet({ HTTP_X: ['a', 'b'] }),
  ]
  const fragment = fc.oneof(
    fc.constantFrom('\0', '\x01\0', '\0\x01', '\xff\xff', '\x0e\0REQUEST_METHOD\x03\0GET', '\x04\0HTTP\0\0', '\r\n'),
    fc.string({ unit: fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code)), maxLength: 8 }),
  )
  const mutated = fc
    .tuple(fc.constantFrom(...seeds), fc.array(fc.tuple(fc.nat(), fc.nat({ max: 6 }), fragment), { maxLength: 4 }))
    .map(([text, changes]) => withChanges(text, changes))
  /** Random variables whose lengths are right, so that what they mean is looked at. */
  const names = fc.constantFrom(
    'REQUEST_METHOD',
    'PATH_INFO',
    'CONTENT_LENGTH',
    'HTTP_X',
    'wsgi.input',
    'SCRIPT_NAME',
    'HTTPS',
  )
  const values = fc.constantFrom('', 'GET', 'POST', '/', '3', '03', '-1', 'on', 'a\r\n', 'x')
  const formed = fc
    .tuple(fc.array(fc.tuple(names, values), { maxLength: 12 }), fc.constantFrom('', 'abc', 'abcdef'))
    .map(([pairs, body]) => latin1Decode(writePacket(pairs)) + body)
  const sizes = fc.array(fc.integer({ min: 1, max: 40 }), { minLength: 1, maxLength: 10 })

  test('is answered, refused, or waited for, however it is cut', () => {
    fc.assert(
      fc.property(fc.oneof(mutated, formed), sizes.map(cutBy), (text, cut) => {
        const whole = play(echo, [text], undefined, UWSGI)
        expectSame(play(echo, [text], cut, UWSGI), whole)
        const refused = bodies(whole, 'gateway.refused').length
        expect(refused).toBeLessThanOrEqual(1)
        expect(bodies(whole, 'response.answered').length).toBe(bodies(whole, 'environ.built').length + refused)
        expect(whole.calls.length + refused).toBeLessThanOrEqual(1)
        expect(whole.closed).toBe(whole.calls.length + refused === 1)
      }),
      { numRuns: 1500 },
    )
  })

  test('ends when the client ends it', () => {
    fc.assert(
      fc.property(fc.oneof(mutated, formed), (text) => {
        expect(play(echo, [text, { eof: true }], undefined, UWSGI).closed).toBe(true)
      }),
      { numRuns: 500 },
    )
  })
})
