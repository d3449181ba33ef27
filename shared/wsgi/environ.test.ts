import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { echo } from '../testing/apps.ts'
import { Conversation } from '../testing/conversation.ts'
import { replaySplit } from '../testing/replaySplit.ts'
import { wireCases } from '../testing/wireCases.ts'
import type { EnvironEntry } from '../trace/events.ts'
import { environKey, percentDecode, serverName } from './environ.ts'

const environOf = (conversation: Conversation): EnvironEntry[] => conversation.calls.at(-1)?.environ ?? []

/** The environ as key, value, where from; what is the same for every request left out. */
const seen = (request: string) =>
  environOf(replaySplit(echo, [request]))
    .filter(({ key }) => !/^(REMOTE_|SERVER_(NAME|PORT)|wsgi\.)/.test(key))
    .map(({ key, value, from }) => [key, value, typeof from === 'string' ? from : from.transform])

/**
 * What the entry's spans, transformed as it says, give. `computed` is only claimed of lengths, and of the path that an
 * absolute target leaves out.
 */
function derive({ key, from }: EnvironEntry, stream: string): string | null {
  if (typeof from === 'string') return null
  const texts = from.spans.map(({ start, end }) => stream.slice(start, end))
  const length = texts.join('').length
  switch (from.transform) {
    case 'identity':
      expect(texts).toHaveLength(1)
      return texts.join('')
    case 'percent':
      expect(texts).toHaveLength(1)
      return unescaped(texts.join(''))
    case 'join':
      return texts.join(from.separator)
    case 'computed':
      if (key === 'CONTENT_LENGTH') return String(length)
      return key === 'PATH_INFO' ? '/' : `<wsgi.input, ${length} bytes>`
  }
}

/** Percent-decoding once more, another way. */
function unescaped(text: string): string {
  const [first = '', ...rest] = text.split('%')
  const decoded = rest.map((part) => {
    const digits = part.slice(0, 2)
    return /^[0-9a-f]{2}$/i.test(digits) ? Buffer.from(digits, 'hex').toString('latin1') + part.slice(2) : `%${part}`
  })
  return first + decoded.join('')
}

function expectDerivable(entries: EnvironEntry[], stream: string): void {
  for (const entry of entries) {
    const derived = derive(entry, stream)
    if (derived !== null) expect([entry.key, derived]).toEqual([entry.key, entry.value])
    for (const { start, end } of entry.keySpans ?? []) {
      expect(environKey(stream.slice(start, end))).toBe(entry.key)
    }
    if (/^(HTTP_|CONTENT_)/.test(entry.key) && entry.keySpans === undefined) {
      expect(typeof entry.from === 'string' ? entry.from : entry.from.transform).toMatch(/computed|identity/)
    }
  }
}

describe('an entry from the request is what its spans say, transformed as it says', () => {
  test.each(wireCases)('in $name', ({ send }) => {
    const stream = send.filter((step) => typeof step === 'string').join('')
    const conversation = new Conversation(echo).send(stream)
    for (const { environ } of conversation.calls) expectDerivable(environ, stream)
  })

  test('in any request that is served', () => {
    const path = fc.string({
      unit: fc.constantFrom('a', '41', '%41', '%25', '%e4', '%', '%zz', '/', '\xe4', '+'),
      maxLength: 12,
    })
    const value = fc.string({ unit: fc.constantFrom('a', ' ', '\t', ',', ';', '\xe4', '"'), maxLength: 8 })
    const name = fc.constantFrom('X-A', 'x-a', 'X-B', 'Cookie', 'cookie', 'X_C', 'Accept')
    const chunks = fc.array(fc.string({ minLength: 1, maxLength: 9, unit: 'grapheme-ascii' }), { maxLength: 4 })
    fc.assert(
      fc.property(path, fc.option(path), fc.array(fc.tuple(name, value), { maxLength: 8 }), chunks, (p, q, hs, cs) => {
        const head = hs.map(([key, text]) => `${key}:${text}\r\n`).join('')
        const body = cs.map((text) => `${text.length.toString(16)};e\r\n${text}\r\n`).join('')
        const target = `/${p}${q === null ? '' : `?${q}`}`
        const stream = `GET ${target} HTTP/1.1\r\nHost: x\r\n${head}Transfer-Encoding: chunked\r\n\r\n${body}0\r\n\r\n`
        const conversation = new Conversation(echo).send(stream)
        expect(conversation.calls).toHaveLength(1)
        expect(conversation.calls[0]?.body).toBe(cs.join(''))
        expectDerivable(environOf(conversation), stream)
      }),
    )
  })
})

describe('environ', () => {
  test('has everything that PEP 3333 requires, and what servers usually add', () => {
    const conversation = new Conversation(echo).send('POST /a?b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi')
    expect(environOf(conversation).map(({ key, value, type }) => `${key} ${type} ${value}`)).toEqual([
      'REQUEST_METHOD str POST',
      'SCRIPT_NAME str ',
      'PATH_INFO str /a',
      'QUERY_STRING str b',
      'RAW_URI str /a?b',
      'REQUEST_URI str /a?b',
      'SERVER_PROTOCOL str HTTP/1.1',
      'HTTP_HOST str x',
      'CONTENT_LENGTH str 2',
      'wsgi.input file <wsgi.input, 2 bytes>',
      'REMOTE_ADDR str 192.0.2.7',
      'REMOTE_PORT str 50123',
      'SERVER_NAME str localhost',
      'SERVER_PORT str 8888',
      'wsgi.version tuple (1, 0)',
      'wsgi.url_scheme str http',
      'wsgi.errors file <wsgi.errors>',
      'wsgi.multithread bool False',
      'wsgi.multiprocess bool False',
      'wsgi.run_once bool False',
      'wsgi.input_terminated bool True',
      'wsgi.file_wrapper callable <wsgi.file_wrapper>',
    ])
  })

  test('says which entries are the socket\u2019s, and which the server\u2019s own', () => {
    const from = (who: string) =>
      environOf(new Conversation(echo).send('OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n'))
        .filter((entry) => entry.from === who)
        .map(({ key }) => key)
    expect(from('socket')).toEqual(['REMOTE_ADDR', 'REMOTE_PORT'])
    expect(from('server').filter((key) => !key.startsWith('wsgi.'))).toEqual([
      'SCRIPT_NAME',
      'PATH_INFO',
      'QUERY_STRING',
      'SERVER_NAME',
      'SERVER_PORT',
    ])
  })

  test('tells threads and processes as they are', () => {
    const conversation = new Conversation(echo, { multithread: true, multiprocess: true })
    const values = new Map(environOf(conversation.send('GET / HTTP/1.0\r\n\r\n')).map(({ key, value }) => [key, value]))
    expect([values.get('wsgi.multithread'), values.get('wsgi.multiprocess')]).toEqual(['True', 'True'])
  })

  test('has the path decoded once, and the target as it came', () => {
    expect(seen('GET /%2541%2f HTTP/1.1\r\nHost: x\r\n\r\n').slice(2, 6)).toEqual([
      ['PATH_INFO', '/%41/', 'percent'],
      ['QUERY_STRING', '', 'server'],
      ['RAW_URI', '/%2541%2f', 'identity'],
      ['REQUEST_URI', '/%2541%2f', 'identity'],
    ])
  })

  test('has repeated headers as one, and names where each came from', () => {
    const request = 'GET / HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nCookie: a\r\nx-a: 2\r\ncookie: b\r\n\r\n'
    expect(seen(request).slice(-3)).toEqual([
      ['HTTP_HOST', 'x', 'identity'],
      ['HTTP_X_A', '1, 2', 'join'],
      ['HTTP_COOKIE', 'a; b', 'join'],
    ])
    const joined = environOf(new Conversation(echo).send(request)).find(({ key }) => key === 'HTTP_X_A')
    expect(joined?.keySpans?.map(({ start, end }) => request.slice(start, end))).toEqual(['X-A', 'x-a'])
  })

  test('has the host of an absolute target in place of the Host header', () => {
    expect(seen('GET http://o:81?q HTTP/1.1\r\nHost: x\r\n\r\n')).toEqual([
      ['REQUEST_METHOD', 'GET', 'identity'],
      ['SCRIPT_NAME', '', 'server'],
      ['PATH_INFO', '/', 'computed'],
      ['QUERY_STRING', 'q', 'identity'],
      ['RAW_URI', 'http://o:81?q', 'identity'],
      ['REQUEST_URI', 'http://o:81?q', 'identity'],
      ['SERVER_PROTOCOL', 'HTTP/1.1', 'identity'],
      ['HTTP_HOST', 'o:81', 'identity'],
    ])
  })

  test('has the length of a de-chunked body, and of no other that is not announced', () => {
    const chunked = 'POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n'
    expect(seen(chunked).at(-1)).toEqual(['CONTENT_LENGTH', '5', 'computed'])
    expect(seen('GET / HTTP/1.0\r\n\r\n').map(([key]) => key)).not.toContain('CONTENT_LENGTH')
  })

  test('has no key for a header with an underscore, nor for a trailer', () => {
    const keys = seen(
      'POST / HTTP/1.1\r\nHost: x\r\nX_A: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX-T: 1\r\n\r\n',
    ).map(([key]) => key)
    expect(keys.filter((key) => key?.startsWith('HTTP_'))).toEqual(['HTTP_HOST'])
  })

  test('says nothing of origins where nobody watches, and the same otherwise', () => {
    const request = 'POST /%41?b HTTP/1.1\r\nHost: x\r\nX-A: 1\r\nX-A: 2\r\nContent-Length: 2\r\n\r\nhi'
    const plain = (trace: boolean) =>
      environOf(new Conversation(echo, { trace }).send(request)).map(({ key, value, type }) => [key, value, type])
    expect(plain(false)).toEqual(plain(true))
  })
})

test.each([
  ['a%41%e4b', 'aA\xe4b'],
  ['%', '%'],
  ['%4', '%4'],
  ['%zz%41', '%zzA'],
  ['%%41', '%A'],
  ['%2541', '%41'],
  ['%00', '\0'],
])('%j is percent-decoded to %j', (text, decoded) => {
  expect(percentDecode(text)).toBe(decoded)
})

test.each([
  ['User-Agent', 'HTTP_USER_AGENT'],
  ['content-type', 'CONTENT_TYPE'],
  ['Content-Length', 'CONTENT_LENGTH'],
  ['X.Y', 'HTTP_X.Y'],
  [`X-${'a'.repeat(100)}`, `HTTP_X_${'A'.repeat(100)}`],
])('the key of %s is %s', (name, key) => {
  expect(environKey(name)).toBe(key)
})

test.each([
  ['127.0.0.1', '127.0.0.1'],
  ['localhost', 'localhost'],
  ['::1', '[::1]'],
  ['fe80::1%eth0', '[fe80::1]'],
  ['::ffff:127.0.0.1', '127.0.0.1'],
  ['::FFFF:192.0.2.7', '192.0.2.7'],
])('SERVER_NAME of %s is %s, as it stands in a URL', (host, name) => {
  expect(serverName(host)).toBe(name)
})
