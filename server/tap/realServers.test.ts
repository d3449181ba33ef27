/** The tap between a real curl and real servers: Debian's gunicorn, and node:http for what gunicorn does not speak. */

import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { latin1Decode } from '../../shared/bytes/latin1.ts'
import { checkOrder } from '../../shared/testing/checkOrder.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { bytesOf, eventsOfKind } from '../../shared/trace/query.ts'
import { openClient, until } from '../testing/harness.ts'
import { startTap } from './testing.ts'

const GUNICORN = '/usr/bin/gunicorn'

const APP = `
def app(environ, start_response):
    body = environ['wsgi.input'].read()
    headers = [('Content-Type', 'application/octet-stream')]
    if environ['PATH_INFO'] != '/chunks':
        headers.append(('Content-Length', str(len(body) or 5)))
    start_response('200 OK', headers)
    if environ['REQUEST_METHOD'] == 'HEAD':
        return []
    return [body or b'empty'] if environ['PATH_INFO'] != '/chunks' else iter([b'one', b'two', body])
`

const curl = async (...args: string[]): Promise<Buffer> => {
  const options = { encoding: 'buffer', maxBuffer: 64 * 1024 * 1024 } as const
  return (await promisify(execFile)('curl', ['-q', '-s', '-S', '--noproxy', '*', ...args], options)).stdout
}

async function allAnswered(events: readonly TraceEvent[], connections: number): Promise<void> {
  await until(() => eventsOfKind(events, 'connection.closed').length === connections)
  checkOrder(events)
}

if (!existsSync(GUNICORN) && process.env.CI !== undefined) {
  throw new Error(`there is no ${GUNICORN}, and under CI nothing may be skipped`)
}
if (!existsSync(GUNICORN)) console.warn(`there is no ${GUNICORN}: the tap is not tried in front of it`)

describe.skipIf(!existsSync(GUNICORN))('between curl and gunicorn', () => {
  let folder = ''
  let port = 0
  let gunicorn: ChildProcess | null = null

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'tap-'))
    writeFileSync(join(folder, 'served.py'), APP)
    const args = ['-b', '127.0.0.1:0', '-k', 'gthread', '--threads', '4', 'served:app']
    let said = ''
    const program = spawn(GUNICORN, args, { cwd: folder })
    gunicorn = program
    program.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text
    })
    port = Number(await until(() => /Listening at: http:\/\/127\.0\.0\.1:(\d+)/.exec(said)?.[1]))
  })

  afterAll(async () => {
    gunicorn?.kill()
    await until(() => gunicorn === null || gunicorn.exitCode !== null || gunicorn.signalCode !== null)
    rmSync(folder, { recursive: true, force: true })
  })

  test('kept connections, HEAD and bodies in both codings are told as they are', async () => {
    const tap = await startTap(port)
    const url = `http://127.0.0.1:${tap.port}`
    const answer = await curl(
      '-i',
      `${url}/a?b=c`,
      '--next',
      '-q',
      '-s',
      '-I',
      `${url}/`,
      '--next',
      '-s',
      '-d',
      'hi',
      `${url}/`,
    )
    expect(answer.toString()).toContain('empty')
    const chunked = await curl('-H', 'Transfer-Encoding: chunked', '-d', 'three', `${url}/chunks`)
    expect(chunked.toString()).toBe('onetwothree')
    await allAnswered(tap.events, 2)
    expect(eventsOfKind(tap.events, 'request.line').map(({ method, target }) => `${method} ${target}`)).toEqual([
      'GET /a?b=c',
      'HEAD /',
      'POST /',
      'POST /chunks',
    ])
    expect(eventsOfKind(tap.events, 'request.body').map(({ framing, length }) => [framing, length])).toEqual([
      ['length', 2],
      ['chunked', 5],
    ])
    const answered = eventsOfKind(tap.events, 'response.answered').map(({ by, status, complete }) => ({
      by,
      status,
      complete,
    }))
    expect(answered).toEqual(Array.from({ length: 4 }, () => ({ by: 'server', status: 200, complete: true })))
    for (const call of eventsOfKind(tap.events, 'app.startResponse')) {
      expect(call).toMatchObject({ status: '200 OK', inferred: true })
      expect(call.headers.map(([name]) => name)).not.toContain('Connection')
    }
    expect(eventsOfKind(tap.events, 'environ.built')).toEqual([])
    expect(eventsOfKind(tap.events, 'tap.bytesOnly')).toEqual([])
  })

  test.each(['length', 'chunked'])('a mebibyte there and back, by %s, is the same mebibyte', async (framing) => {
    const tap = await startTap(port)
    const body = Buffer.from(Array.from({ length: 1024 * 1024 }, (_, n) => (n * 7 + (n >> 8)) & 255))
    const file = join(folder, 'body')
    writeFileSync(file, body)
    const coding = framing === 'chunked' ? ['-H', 'Transfer-Encoding: chunked'] : []
    const answer = await curl(...coding, '--data-binary', `@${file}`, `http://127.0.0.1:${tap.port}/`)
    expect(answer.equals(readFileSync(file))).toBe(true)
    await allAnswered(tap.events, 1)
    expect(eventsOfKind(tap.events, 'request.body')).toMatchObject([{ framing, length: body.length }])
    expect(body.equals(bytesOf(tap.events, 'socket.sent').subarray(-body.length))).toBe(true)
  })

  test('what gunicorn refuses is shown, and gunicorn’s refusal too', async () => {
    const tap = await startTap(port)
    const client = await openClient(tap.port)
    client.send('GET\r\n\r\n')
    await client.ended
    client.socket.end()
    await allAnswered(tap.events, 1)
    expect(eventsOfKind(tap.events, 'tap.bytesOnly')).toMatchObject([{ from: 'client' }])
    expect(eventsOfKind(tap.events, 'response.answered')).toMatchObject([{ by: 'server', status: 400 }])
    expect(latin1Decode(bytesOf(tap.events, 'socket.sent'))).toBe(client.received)
  })
})

describe('between sockets and node:http', () => {
  async function listening(server: Server): Promise<number> {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      server.closeAllConnections()
      server.close()
    })
    const address = server.address()
    return address !== null && typeof address === 'object' ? address.port : 0
  }

  test('100 Continue goes before the body and is told apart from the answer', async () => {
    const server = createServer((request, response) => {
      request.resume()
      request.on('end', () => response.end('done'))
    })
    const tap = await startTap(await listening(server))
    const client = await openClient(tap.port)
    client.send('POST / HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n')
    await until(() => client.received.includes('100 Continue'))
    client.send('hi')
    await until(() => client.received.includes('done'))
    client.socket.end()
    await allAnswered(tap.events, 1)
    const first = eventsOfKind(tap.events, 'response.serialized')[0]
    expect(first?.segments.map(({ from }) => from)).toEqual(['server:continue'])
    expect(eventsOfKind(tap.events, 'response.answered')).toMatchObject([{ status: 200, complete: true }])
  })

  test('after an upgrade, bytes go both ways and are shown as bytes', async () => {
    const server = createServer()
    server.on('upgrade', (_request, socket) => {
      socket.write('HTTP/1.1 101 Switching Protocols\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n')
      socket.on('data', (data) => socket.write(data))
      socket.on('end', () => socket.end())
      onTestFinished(() => void socket.destroy())
    })
    const tap = await startTap(await listening(server))
    const socket = connect(tap.port, '127.0.0.1')
    onTestFinished(() => void socket.destroy())
    let heard = ''
    socket.on('data', (data: Buffer) => {
      heard += data.toString('latin1')
    })
    socket.write('GET / HTTP/1.1\r\nHost: x\r\nUpgrade: echo\r\nConnection: Upgrade\r\n\r\n')
    await until(() => heard.includes('\r\n\r\n'))
    socket.write('GET / HTTP/1.1\r\n\r\n', 'latin1')
    await until(() => heard.endsWith('GET / HTTP/1.1\r\n\r\n'))
    socket.end()
    await allAnswered(tap.events, 1)
    expect(eventsOfKind(tap.events, 'request.line')).toHaveLength(1)
    expect(eventsOfKind(tap.events, 'tap.bytesOnly')).toMatchObject([{ from: 'server', code: 'switched' }])
    expect(eventsOfKind(tap.events, 'response.answered')).toMatchObject([{ status: 101, complete: true }])
    expect(latin1Decode(bytesOf(tap.events, 'socket.sent'))).toBe(heard)
  })
})
