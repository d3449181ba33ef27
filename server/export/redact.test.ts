import { brotliDecompressSync, gunzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { readTrace } from '../../shared/trace/file.ts'
import { startServer, type TestServer } from '../testing/harness.ts'
import { exchange, file } from './testing/exported.ts'

const CONTENTS = new URL('../testing/apps/contents.ts', import.meta.url).pathname
const FORMATS = ['ndjson', 'har', 'pcapng', 'curl'] as const

interface Planted {
  target?: string
  headers?: string
  body?: string
}

const post = (type: string, body: string): Planted => ({
  headers: `Content-Type: ${type}\r\nContent-Length: ${Buffer.byteLength(body, 'latin1')}\r\n`,
  body,
})

/** Where a person leaves a secret. */
const PLACES: Readonly<Record<string, (secret: string) => Planted>> = {
  'a cookie alone': (secret) => ({ headers: `Cookie: sid=${secret}\r\n` }),
  'a cookie among others': (secret) => ({ headers: `Cookie: a=1; sid=${secret}; theme=dark\r\n` }),
  'a quoted cookie': (secret) => ({ headers: `Cookie: sid="${secret}"\r\n` }),
  'a second Cookie field': (secret) => ({ headers: `Cookie: a=1\r\ncookie: b=${secret}\r\n` }),
  'a bearer token': (secret) => ({ headers: `Authorization: Bearer ${secret}\r\n` }),
  'Basic credentials': (secret) => ({ headers: `Authorization: Basic ${btoa(`user:${secret}`)}\r\n` }),
  'X-Api-Key': (secret) => ({ headers: `X-Api-Key: ${secret}\r\n` }),
  'X-CSRFToken': (secret) => ({ headers: `X-CSRFToken: ${secret}\r\n` }),
  'a field of a query': (secret) => ({ target: `/?a=1&password=${encodeURIComponent(secret)}&b=2` }),
  'a key in a query': (secret) => ({ target: `/?api_key=${encodeURIComponent(secret)}` }),
  'userinfo of an absolute target': (secret) => ({
    headers: `Referer: http://user:${encodeURIComponent(secret)}@a.test/\r\n`,
  }),
  'a token in a Referer': (secret) => ({ headers: `Referer: http://a.test/?token=${encodeURIComponent(secret)}\r\n` }),
  'a field of a form': (secret) =>
    post('application/x-www-form-urlencoded', new URLSearchParams({ user: 'a', password: secret, b: '1' }).toString()),
  'a form that is not encoded': (secret) =>
    post('application/x-www-form-urlencoded', `user=a&pw=${secret.replaceAll('&', '+')}`),
  'a form in chunks': (secret) => {
    const body = `user=a&password=${encodeURIComponent(secret)}`
    const chunks = [...body].map((char) => `1\r\n${char}\r\n`).join('')
    const headers = 'Content-Type: application/x-www-form-urlencoded\r\nTransfer-Encoding: chunked\r\n'
    return { headers, body: `${chunks}0\r\n\r\n` }
  },
  JSON: (secret) => post('application/json', JSON.stringify({ user: { name: 'a', 'new-password': secret }, n: 1 })),
  'JSON without its type': (secret) => post('text/plain', JSON.stringify([{ accessToken: secret }], null, 2)),
  'a multipart form': (secret) =>
    post(
      'multipart/form-data; boundary=b',
      `--b\r\nContent-Disposition: form-data; name="password"\r\n\r\n${secret}\r\n--b--\r\n`,
    ),
  XML: (secret) => post('application/xml', `<login><password>${secret.replace(/[<&]/g, '+')}</password></login>`),
}

/** How the application of contents.ts writes what it gives away, and in how long chunks. */
const WRITTEN = ['plain', 'json', 'percent', 'utf16', 'gzip', 'raise'] as const

const requestWith = (planted: Planted, leak: string): string =>
  `${planted.body === undefined ? 'GET' : 'POST'} ${planted.target ?? '/'} HTTP/1.1\r\nHost: a\r\nX-Leak: ${leak}\r\n${planted.headers ?? ''}\r\n${planted.body ?? ''}`

/** All that can be read in a file: as it is, decoded, unpacked. */
async function readings(server: TestServer, id: number, format: (typeof FORMATS)[number]): Promise<string[]> {
  const bytes = await file(server, id, format)
  const text = bytes.toString('latin1')
  if (format === 'har') return [text, bytes.toString('utf8'), ...stringsIn(JSON.parse(bytes.toString('utf8')))]
  if (format !== 'ndjson') return [text, bytes.toString('utf8'), withoutPackets(bytes)]
  const { events } = readTrace(bytes.toString('utf8'))
  return [
    ...stringsIn(events),
    ...(['socket.received', 'socket.sent', 'app.yielded'] as const).flatMap((kind) => streams(events, kind)),
  ]
}

function streams(events: readonly TraceEvent[], kind: TraceEvent['kind']): string[] {
  const whole = Buffer.concat(
    events.flatMap((event) => (event.kind === kind && 'bytes' in event ? [event.bytes ?? new Uint8Array()] : [])),
  )
  const text = whole.toString('latin1')
  const dechunked = text.replace(/\r\n[0-9a-f]+\r\n/g, '').replace(/\r?\n\r?\n[0-9a-f]+\r\n/, '')
  return [
    text,
    dechunked,
    whole.toString('utf16le'),
    unpacked(whole),
    unpacked(Buffer.from(dechunked.slice(dechunked.indexOf('\x1f\x8b')), 'latin1')),
  ]
}

function unpacked(bytes: Buffer): string {
  for (const unpack of [gunzipSync, brotliDecompressSync]) {
    try {
      return unpack(bytes).toString('latin1')
    } catch {
      // It is not packed like this.
    }
  }
  return ''
}

/** The payloads of a pcapng, in a row: each packet is block header, packet header, IPv4, TCP, payload. */
function withoutPackets(bytes: Buffer): string {
  const payloads: string[] = []
  for (let at = 0; at + 12 <= bytes.length; at += Math.max(12, bytes.readUInt32LE(at + 4))) {
    if (bytes.readUInt32LE(at) === 6)
      payloads.push(bytes.toString('latin1', at + 28 + 40, at + 28 + bytes.readUInt32LE(at + 20)))
  }
  return payloads.join('').replace(/\r\n[0-9a-f]+\r\n/g, '')
}

function stringsIn(node: unknown): string[] {
  if (typeof node === 'string') return [node]
  if (node instanceof Uint8Array) return [Buffer.from(node).toString('latin1')]
  return typeof node === 'object' && node !== null ? Object.values(node).flatMap(stringsIn) : []
}

/** A secret as it may be written, and parts of it that say enough. */
const forms = (secret: string): string[] => [
  ...Array.from({ length: secret.length - 8 }, (_, at) => secret.slice(at, at + 9)).filter((part) =>
    /[a-z0-9](.*[a-z0-9]){4}/i.test(part),
  ),
  encodeURIComponent(secret),
  new URLSearchParams([['', secret]]).toString().slice(1),
  JSON.stringify(secret).slice(1, -1),
  [...secret].join('\0'),
  btoa(`user:${secret}`),
]

/** Of characters that stand in a cookie and in a token as they are, and of others where they can be written. */
const plainSecret = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._~+/-]{8,24}[A-Za-z0-9]$/)
const anySecret = fc.stringMatching(/^[A-Za-z0-9][ -~]{8,24}[A-Za-z0-9]$/)
const VERBATIM = /^(a cookie|a quoted|a second|a bearer|X-)/

describe('a secret never appears in an export', () => {
  test.each(Object.keys(PLACES))('planted in %s, however the application gives it away', async (place) => {
    const server = await startServer(`${CONTENTS}:leaky`)
    const plant = PLACES[place]
    if (plant === undefined) throw new Error(place)
    await fc.assert(
      fc.asyncProperty(
        VERBATIM.test(place) ? plainSecret : anySecret,
        fc.constantFrom(...WRITTEN),
        fc.integer({ min: 3, max: 400 }),
        async (secret, written, size) => {
          const id = await exchange(server, requestWith(plant(secret), `${written} ${size}`))
          for (const format of FORMATS) {
            const read = await readings(server, id, format)
            for (const form of forms(secret)) {
              expect(
                read.filter((text) => text.includes(form)),
                `${format}: ${form}`,
              ).toEqual([])
            }
          }
        },
      ),
      { numRuns: 8 },
    )
  })

  test('set by the application: a cookie, and a CSRF token in its page', async () => {
    const server = await startServer(`${CONTENTS}:leaky`)
    for (const written of WRITTEN.filter((form) => form !== 'raise')) {
      const secret = `0wn-s3cret-${written}-value`
      const id = await exchange(server, requestWith({}, `${written} 5 ${secret}`))
      const shown = (await file(server, id, 'ndjson', '?secrets=1')).toString()
      expect(stringsIn(readTrace(shown).events).join()).toContain(secret)
      for (const format of FORMATS) {
        // The request names it itself, in the field that tells the application what to do: it is known from the answer.
        const read = await readings(server, id, format)
        for (const form of forms(secret)) expect(read.filter((text) => text.includes(form))).toEqual([])
      }
    }
  })

  test('of a neighbour in the same segment', async () => {
    const server = await startServer(`${CONTENTS}:leaky`)
    const other = requestWith({ headers: 'Cookie: a=1; sid=n31ghbours-s3cret\r\n' }, 'plain 9')
    const form = requestWith(post('application/x-www-form-urlencoded', 'password=0ther-s3cret'), 'plain 9')
    const id = await exchange(server, requestWith({}, 'plain 9') + other + form, 3)
    for (const which of [id - 2, id - 1, id]) {
      for (const format of FORMATS) {
        const read = (await readings(server, which, format)).join('\n')
        expect(read).not.toContain('n31ghbours-s3cret')
        expect(read).not.toContain('0ther-s3cret')
      }
    }
  })
})

test('with ?secrets=1, everything stays as it is', async () => {
  const server = await startServer(`${CONTENTS}:leaky`)
  const id = await exchange(server, requestWith({ headers: 'Cookie: sid=t0p-s3cret-value\r\n' }, 'plain 7'))
  for (const format of FORMATS) {
    const bytes = await file(server, id, format, '?secrets=1')
    const text =
      format === 'ndjson' ? stringsIn(readTrace(bytes.toString()).events).join('\n') : bytes.toString('latin1')
    expect(text).toContain('t0p-s3cret-value')
  }
})

test('a body in a coding that nobody here can undo is masked altogether, and every file says so', async () => {
  const server = await startServer('hello.ts')
  const body = '\x28\xb5\x2f\xfdsomething'
  const headers = `Content-Encoding: zstd\r\nContent-Length: ${body.length}\r\n`
  const id = await exchange(server, requestWith({ headers, body }, 'plain'))
  for (const format of FORMATS) {
    const text = (await file(server, id, format)).toString('latin1')
    expect(text).toContain('the whole body')
    expect(text).not.toContain('something')
  }
  expect((await file(server, id, 'curl')).toString()).toContain(`--data-raw '${'*'.repeat(body.length)}'`)
})

test('each file names what is masked in it', async () => {
  const server = await startServer(`${CONTENTS}:leaky`)
  const id = await exchange(server, requestWith({ headers: 'Cookie: sid=t0p-s3cret-value\r\n' }, 'plain 7 0wn-s3cret'))
  for (const format of FORMATS) {
    const text = (await file(server, id, format)).toString('latin1')
    expect(text).toContain('Cookie sid')
    // The command has nothing of the answer.
    if (format !== 'curl') expect(text).toContain('Set-Cookie own')
    expect((await file(server, id, format, '?secrets=1')).toString('latin1')).not.toContain('Cookie sid')
  }
  const { header } = readTrace((await file(server, id, 'ndjson')).toString())
  expect(header.masked?.slice(0, 2)).toEqual(['Cookie sid', 'X-Leak'])
})

test('what is no secret stays, and what decides where a message ends', async () => {
  const server = await startServer(`${CONTENTS}:leaky`)
  const body = 'pin=100000&user=somebody'
  const id = await exchange(
    server,
    requestWith(
      {
        headers: `Cookie: lang=100000\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: ${body.length}\r\n`,
        body,
      },
      'plain 100000',
    ),
  )
  const har = JSON.parse((await file(server, id, 'har')).toString())
  const [{ request, response }] = har.log.entries
  expect(request.postData.text).toBe('pin=******&user=somebody')
  expect(response.status).toBe(200)
  expect(response.content.text).toContain('user=somebody')
  expect(response.content.text).toContain('HTTP_HOST: a')
  expect(response.content.text).not.toContain('100000')
})

test('the decoded text of a body that is packed is masked in part, its bytes altogether', async () => {
  const server = await startServer(`${CONTENTS}:leaky`)
  const id = await exchange(server, requestWith({ headers: 'Cookie: sid=t0p-s3cret-value\r\n' }, 'gzip 50'))
  const [entry] = JSON.parse((await file(server, id, 'har')).toString()).log.entries
  expect(entry.response.content.text).toContain('HTTP_COOKIE: sid=****************\n')
  const { events } = readTrace((await file(server, id, 'ndjson')).toString())
  const given = streams(events, 'app.yielded')[0] ?? ''
  expect(given).toBe('*'.repeat(given.length))
  expect(given.length).toBeGreaterThan(50)
})
