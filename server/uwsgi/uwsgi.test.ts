/** The port and the socket that speak uwsgi, asked by a client that was written from the packet format alone. */
import { spawnSync } from 'node:child_process'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readResponses } from '../../shared/testing/responses.ts'
import { uwsgiCases } from '../../shared/testing/uwsgiCases.ts'
import { newFolder } from '../testing/command.ts'
import { Page, startServer, until } from '../testing/harness.ts'
import { ask, GET, portOf } from './testing/client.ts'

const POST: readonly [string, string][] = [
  ['REQUEST_METHOD', 'POST'],
  ['PATH_INFO', '/'],
  ['CONTENT_LENGTH', '5'],
]

describe('a client that knows the packet format alone', () => {
  test('gets right answers, also a byte at a time', async () => {
    const server = await startServer('hello.py:app', '--uwsgi-port', '0')
    const answers = await ask(portOf(server), [{ vars: GET }, { vars: GET, slowly: true }])
    for (const answer of answers) {
      expect(readResponses(answer, ['GET'])).toMatchObject([{ status: 200, body: 'Hello, Ada!\n' }])
    }
  })

  test('has its body read by the application, also a byte at a time', async () => {
    const server = await startServer('echo.py:app', '--uwsgi-port', '0')
    const answers = await ask(portOf(server), [
      { vars: POST, body: 'a\0b\xffc' },
      { vars: POST, body: 'a\0b\xffc', slowly: true },
    ])
    expect(answers).toHaveLength(2)
    for (const answer of answers) expect(answer).toContain('200 OK')
    const page = await Page.open(server.uiPort)
    const lengths = await until(() => {
      const bodies = page.events.filter((event) => event.kind === 'request.body')
      return bodies.length === 2 && bodies.map((event) => event.length)
    })
    expect(lengths).toEqual([5, 5])
  })

  test('is refused visibly for each malformed packet', async () => {
    const server = await startServer('hello.py:app', '--uwsgi-port', '0', '--no-reload')
    const answers = await ask(portOf(server), uwsgiCases)
    expect(answers).toHaveLength(uwsgiCases.length)
    for (const [i, { name, status }] of uwsgiCases.entries()) {
      expect([name, answers[i]?.slice(0, 12)]).toEqual([name, `HTTP/1.1 ${status}`])
    }
    const page = await Page.open(server.uiPort)
    const refused = await until(() => {
      const events = page.events.filter((event) => event.kind === 'gateway.refused')
      return events.length === uwsgiCases.length && events
    })
    expect(refused.map(({ code }) => code)).toEqual(uwsgiCases.map(({ code }) => code))
  })

  test('is told so in the trace: a packet, and no request line', async () => {
    const server = await startServer('hello.py:app', '--uwsgi-port', '0')
    await ask(portOf(server), [{ vars: GET }])
    const page = await Page.open(server.uiPort)
    await until(() => page.events.some(({ kind }) => kind === 'connection.closed'))
    const kinds = page.events.map(({ kind }) => kind)
    expect(kinds).toContain('uwsgi.packet')
    expect(kinds).not.toContain('request.line')
    expect(page.events.find((event) => event.kind === 'connection.opened')).toMatchObject({ protocol: 'uwsgi' })
  })
})

describe('a Unix domain socket', () => {
  test('speaks uwsgi beside the port for HTTP, and is gone when the server is', async () => {
    const path = join(newFolder(), 'app.sock')
    const server = await startServer('hello.py:app', '--uwsgi-socket', path)
    expect(server.uwsgi).toEqual([`unix:${path}`])
    const [answer = ''] = await ask(path, [{ vars: GET }])
    expect(readResponses(answer, ['GET'])).toMatchObject([{ status: 200, body: 'Hello, Ada!\n' }])
    const http = await fetch(`${server.http}/?name=Ada`)
    expect(await http.text()).toBe('Hello, Ada!\n')
    await server.close()
    expect(existsSync(path)).toBe(false)
  })

  test('gives no address to the application, and a name that PEP 3333 wants', async () => {
    const path = join(newFolder(), 'app.sock')
    const server = await startServer('echo.py:app', '--uwsgi-socket', path)
    await ask(path, [{ vars: GET.slice(0, 2) }])
    const page = await Page.open(server.uiPort)
    const built = await until(() => page.events.find((event) => event.kind === 'environ.built'))
    const environ = Object.fromEntries(built.entries.map(({ key, value }) => [key, value]))
    expect(environ).not.toHaveProperty('REMOTE_ADDR')
    expect(environ).toMatchObject({ SERVER_NAME: 'localhost', SERVER_PORT: '80' })
  })

  test('of a server that was killed is taken over', async () => {
    const path = join(newFolder(), 'app.sock')
    const killed = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
    spawnSync(process.execPath, ['-e', killed])
    expect(existsSync(path)).toBe(true)
    const server = await startServer('hello.py:app', '--uwsgi-socket', path)
    const [answer] = await ask(path, [{ vars: GET }])
    expect(answer).toContain('200 OK')
    expect(server.uwsgi).toEqual([`unix:${path}`])
  })

  test('of another program, and another file, are left alone, and said in one line', async () => {
    const path = join(newFolder(), 'app.sock')
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(path, resolve))
    onTestFinished(() => void other.close())
    await expect(startServer('hello.py:app', '--uwsgi-socket', path)).rejects.toThrow(/taken by another program/)
    const file = join(newFolder(), 'notes.txt')
    writeFileSync(file, 'mine')
    await expect(startServer('hello.py:app', '--uwsgi-socket', file)).rejects.toThrow(/a file already, and no socket/)
    expect(existsSync(file)).toBe(true)
    const nowhere = join(newFolder(), 'nowhere', 'app.sock')
    await expect(startServer('hello.py:app', '--uwsgi-socket', nowhere)).rejects.toThrow(/there is no folder .*nowhere/)
  })
})

test('a port for uwsgi that is taken is said in one line, and nothing is left listening', async () => {
  const other = createServer()
  await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => void other.close())
  const address = other.address()
  const port = address !== null && typeof address === 'object' ? address.port : 0
  await expect(startServer('hello.py:app', '--uwsgi-port', String(port))).rejects.toThrow(
    `port ${port} is taken by another program; try --uwsgi-port 0, which picks a free one`,
  )
})
