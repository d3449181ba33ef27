/**
 * The port for uwsgi behind real nginx, asked by real curl; and the environ of one request however it comes: directly, through
 * nginx over HTTP and over uwsgi, and in real uWSGI behind the same nginx.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { packetMessage } from '../../shared/trace/packetMessage.ts'
import { parseCommandLine } from '../options.ts'
import { type Running, start } from '../run.ts'
import { until } from '../testing/harness.ts'
import { type End, freePort, isInstalled, startNginx, startUwsgi } from './testing/realServers.ts'

const FOLDER = fileURLToPath(new URL('testing/', import.meta.url))
const PARAMS = '/etc/nginx/uwsgi_params'
const run = promisify(execFile)

interface Shown {
  environ: Record<string, string>
  length: number
  sha256: string
}

describe.skipIf(!isInstalled('nginx', '-v'))('behind nginx', () => {
  const ends: End[] = []
  const ports = { uwsgi: 0, http: 0, real: 0 }
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  const hasUwsgi = isInstalled('uwsgi', '--version')
  let running: Running
  const events: TraceEvent[] = []

  beforeAll(async () => {
    const words = ['environs.py:app', '--port', '0', '--uwsgi-port', '0', '--ui-port', '0', '--no-open', '--no-reload']
    const line = parseCommandLine(words, { PATH: process.env.PATH }, FOLDER)
    if (line.kind !== 'run') throw new Error('no run')
    running = await start(line.options, { log: () => undefined, stdout: process.stdout, webFolder: folder })
    ends.push(() => running.close())
    // Of each event what is looked at: there are hundreds of megabytes of bytes.
    running.log.sink((event) => events.push('bytes' in event ? { ...event, bytes: null } : event))
    for (const name of ['uwsgi', 'http', 'real'] as const) ports[name] = await freePort()
    const upstream = await freePort()
    if (hasUwsgi) ends.push(await startUwsgi(upstream, FOLDER, 'environs:app'))
    const forwarded = 'proxy_set_header Host $host;'
    ends.push(
      await startNginx([
        { port: ports.uwsgi, location: `include ${PARAMS}; uwsgi_pass ${running.uwsgi[0]};` },
        { port: ports.http, location: `${forwarded} proxy_pass ${running.http};` },
        { port: ports.real, location: `include ${PARAMS}; uwsgi_pass 127.0.0.1:${upstream};` },
      ]),
    )
  }, 60_000)

  afterAll(async () => {
    for (let end = ends.pop(); end !== undefined; end = ends.pop()) await end()
    rmSync(folder, { recursive: true, force: true })
  })

  /** What curl wrote, the head included. */
  const curl = async (path: string, ...args: string[]): Promise<string> => {
    const url = /^http/.test(path) ? path : `http://127.0.0.1:${ports.uwsgi}${path}`
    const { stdout } = await run('curl', ['-sS', '-i', '--path-as-is', '--max-time', '60', ...args, url], {
      maxBuffer: 64 * 1024 ** 2,
      encoding: 'latin1',
    })
    return stdout
  }

  const shown = async (path: string, ...args: string[]): Promise<Shown> => {
    const answer = await curl(path, ...args)
    return JSON.parse(answer.slice(answer.lastIndexOf('\r\n\r\n') + 4)) as Shown
  }

  const statusOf = (answer: string): string =>
    /HTTP\/1\.1 (\d{3})[^\r]*\r\n(?![\s\S]*HTTP\/1\.1 \d{3})/.exec(answer)?.[1] ?? ''

  /** The last packet that came. */
  const lastPacket = () => events.findLast((event) => event.kind === 'uwsgi.packet')

  test('a GET comes as a packet, and goes back as nginx passes it on', async () => {
    const answer = await curl('/hello?name=Ada', '-H', 'X-Here: yes')
    // Of what is about one connection nginx makes its own, and the rest it passes on.
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*Connection: keep-alive\r\n[\s\S]*Server: wsgiscope\r\n/)
    const packet = lastPacket()
    if (packet === undefined) throw new Error('no packet came')
    expect(packetMessage(packet)).toMatchObject({ method: 'GET', target: '/hello?name=Ada', version: 'HTTP/1.1' })
    expect(packet.vars.filter(({ dropped }) => dropped !== undefined).map(({ key }) => key)).toEqual([])
    const kinds = events.filter(({ exchange }) => exchange === packet.exchange).map(({ kind }) => kind)
    for (const kind of ['uwsgi.packet', 'environ.built', 'app.called', 'app.startResponse', 'socket.sent'])
      expect(kinds).toContain(kind)
  })

  test('a POST has its body, its type and its length, and no twins of them', async () => {
    const { environ, length } = await shown('/', '-d', 'How are you')
    expect(length).toBe(11)
    expect(environ).toMatchObject({ CONTENT_LENGTH: '11', CONTENT_TYPE: 'application/x-www-form-urlencoded' })
    expect(environ).not.toHaveProperty('HTTP_CONTENT_LENGTH')
    expect(environ).not.toHaveProperty('HTTP_CONTENT_TYPE')
    expect(lastPacket()?.vars.flatMap(({ key, dropped }) => (dropped === undefined ? [] : [key]))).toEqual([
      'HTTP_CONTENT_LENGTH',
      'HTTP_CONTENT_TYPE',
    ])
  })

  test('a chunked upload has been counted by nginx, and its coding is undone', async () => {
    const { environ, length } = await shown('/', '-H', 'Transfer-Encoding: chunked', '-d', 'in chunks')
    expect(length).toBe(9)
    expect(environ.CONTENT_LENGTH).toBe('9')
    expect(environ).not.toHaveProperty('HTTP_TRANSFER_ENCODING')
  })

  test('repeated headers are one list, cookies too', async () => {
    const { environ } = await shown('/', '-H', 'X-A: 1', '-H', 'X-A: 2', '-H', 'Cookie: a=1', '-H', 'Cookie: b=2')
    expect(environ.HTTP_X_A).toBe('1, 2')
    expect(environ.HTTP_COOKIE).toMatch(/^a=1; ?b=2$/)
  })

  test('a path is decoded once, by nginx, and comes as bytes', async () => {
    const { environ } = await shown('/caf%C3%A9/%25')
    expect(Buffer.from(environ.PATH_INFO ?? '', 'latin1').toString()).toBe('/café/%')
    expect(environ.REQUEST_URI).toBe('/caf%C3%A9/%25')
  })

  test('an escaped slash, and two in a row, are one slash in PATH_INFO, and stay in REQUEST_URI', async () => {
    const { environ } = await shown('/a%2Fb//c')
    expect(environ.PATH_INFO).toBe('/a/b/c')
    expect(environ.REQUEST_URI).toBe('/a%2Fb//c')
  })

  test.each([
    ['1 MiB', 1024 ** 2],
    ['100 MB', 100_000_000],
  ])(
    'a body of %s comes whole',
    async (_, size) => {
      const body = Buffer.alloc(size, 'wsgiscope ')
      const path = join(folder, 'body')
      writeFileSync(path, body)
      const { length, sha256 } = await shown('/', '-H', 'Expect:', '--data-binary', `@${path}`)
      expect([length, sha256]).toEqual([size, createHash('sha256').update(body).digest('hex')])
    },
    120_000,
  )

  test('HEAD has a head, and no body', async () => {
    const answer = await curl('/', '--head')
    expect(answer).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*Content-Length: \d+\r\n[\s\S]*\r\n\r\n$/)
  })

  test.each([
    ['/error', '500'],
    ['/204', '204'],
    ['/304', '304'],
  ])('%s is answered with %s', async (path, status) => {
    expect(statusOf(await curl(path))).toBe(status)
  })

  test('a stream comes in its order, and ends', async () => {
    expect(await curl('/stream')).toMatch(/\r\n\r\npiece 0\npiece 1\npiece 2\n$/)
  })

  test('a client that goes away ends the application', async () => {
    const before = events.filter(({ kind }) => kind === 'app.closed').length
    await run('sh', ['-c', `curl -sS http://127.0.0.1:${ports.uwsgi}/endless | head -c 20000 > /dev/null`])
    await until(() => events.filter(({ kind }) => kind === 'app.closed').length > before)
  })

  describe('the environ of one request', () => {
    const ARGS = ['-H', 'Host: example.test', '-H', 'X-A: 1', '-H', 'Cookie: c=1', '-d', 'body']
    const TARGET = '/a/caf%C3%A9?x=1&y=2'
    const ways = async () => {
      const at = (port: number | string) => shown(`http://127.0.0.1:${port}${TARGET}`, ...ARGS)
      return {
        direct: (await at(new URL(`${running.http}`).port)).environ,
        http: (await at(ports.http)).environ,
        uwsgi: (await at(ports.uwsgi)).environ,
      }
    }
    /** The keys of either whose values differ, or that only one has. */
    const differing = (one: Record<string, string>, other: Record<string, string>): string[] =>
      [...new Set([...Object.keys(one), ...Object.keys(other)])].filter((key) => one[key] !== other[key]).sort()

    // Who asks, where, and how it was passed on.
    const BY_PLACE = ['REMOTE_PORT', 'SERVER_NAME', 'SERVER_PORT']

    test('differs over HTTP through nginx in these keys alone', async () => {
      const { direct, http } = await ways()
      expect(differing(direct, http)).toEqual(['HTTP_CONNECTION', 'REMOTE_PORT', 'SERVER_PROTOCOL'].sort())
    })

    test('differs over uwsgi through nginx in these keys alone', async () => {
      const { direct, uwsgi } = await ways()
      expect(differing(direct, uwsgi)).toEqual([...BY_PLACE, 'DOCUMENT_ROOT', 'RAW_URI', 'REQUEST_SCHEME'].sort())
    })

    test.skipIf(!hasUwsgi)('differs in real uWSGI, behind the same nginx, in these keys alone', async () => {
      const { uwsgi } = await ways()
      const { environ } = await shown(`http://127.0.0.1:${ports.real}${TARGET}`, ...ARGS)
      const byConnection = ['REMOTE_PORT', 'SERVER_PORT']
      const ownOfUwsgi = ['uwsgi.node', 'uwsgi.version']
      // Objects of other types; and uWSGI does not say that its input ends where the body does.
      const objects = ['wsgi.errors', 'wsgi.file_wrapper', 'wsgi.input', 'wsgi.input_terminated']
      // uWSGI passes on both twins, and leaves out SCRIPT_NAME, which PEP 3333 requires.
      const rules = ['HTTP_CONTENT_LENGTH', 'HTTP_CONTENT_TYPE', 'SCRIPT_NAME']
      expect(differing(uwsgi, environ)).toEqual([...byConnection, ...ownOfUwsgi, ...objects, ...rules].sort())
    })
  })
})
