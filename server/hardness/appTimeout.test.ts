/** --app-timeout: what counts as progress, and what becomes of an application that makes none. Real sockets and workers. */
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Client, openClient, startServer, until } from '../testing/harness.ts'

const LINGERS = fileURLToPath(new URL('../hosts/testing/fixtures/lingers.py', import.meta.url))
const LINGERS_TS = fileURLToPath(new URL('../hosts/testing/fixtures/lingers.ts', import.meta.url))

/** A name that close() is told to make a file of. */
function newMark(): string {
  const folder = mkdtempSync(join(tmpdir(), 'edges-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return join(folder, 'closed')
}

async function send(port: number, target: string): Promise<Client> {
  const client = await openClient(port)
  client.send(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  return client
}

async function ask(port: number, target: string): Promise<string> {
  const client = await send(port, target)
  await client.ended
  return client.received
}

const QUICK = /^HTTP\/1\.1 200 .*quick$/s

describe.each([
  ['python3', `${LINGERS}:app`, ['--python', 'python3']],
  ['embedded', `${LINGERS}:app`, ['--python', 'embedded']],
  ['TypeScript', `${LINGERS_TS}:app`, []],
] as const)('%s', (host, spec, flags) => {
  const serve = () => startServer(spec, '--no-ui', '--no-reload', '--app-timeout', '1', ...flags)

  test.each(['empty_chunks', 'many_empty_chunks'])(
    '%s without end are no progress: 504, close() is called, and the worker goes on',
    async (path) => {
      const server = await serve()
      const mark = newMark()
      expect(await ask(server.port, `/${path}?${mark}`)).toMatch(/^HTTP\/1\.1 504 /)
      // Embedded Python sees no other folder to make the file in.
      if (host !== 'embedded') await until(() => existsSync(mark))
      expect(await ask(server.port, '/quick')).toMatch(QUICK)
      expect(server.lines.filter((line) => /worker .* killed/.test(line))).toEqual([])
      expect(server.lines).toContainEqual(expect.stringContaining('gave no byte for 1 s: it was given up'))
    },
  )

  test('a client that has ended its side, and one that has gone, leave the worker to others', async () => {
    const server = await serve()
    const half = await send(server.port, '/empty_chunks?/nowhere/to/be')
    half.socket.end()
    const gone = await send(server.port, '/empty_chunks?/nowhere/to/be')
    gone.socket.resetAndDestroy()
    expect(await ask(server.port, '/quick')).toMatch(QUICK)
    await half.ended
    expect(half.received).toMatch(/^HTTP\/1\.1 504 /)
  })

  test('chunks that come in time are served to their end, however long that takes, also to a half-closed client', async () => {
    const server = await serve()
    const client = await send(server.port, '/chunks')
    client.socket.end()
    await client.ended
    const sent = client.received.split('\r\n\r\n').slice(1).join('\r\n\r\n')
    const numbers = [...sent.matchAll(/^(\d+)\r\n(\d+)\r\n/gm)].map(([, , chunk]) => Number(chunk))
    expect(numbers).toEqual(Array.from({ length: 15 }, (_, n) => n))
  })
})

describe.each(['python3', 'embedded'])('%s', (python) => {
  const serve = () => startServer(`${LINGERS}:app`, '--no-ui', '--no-reload', '--app-timeout', '1', '--python', python)

  test.each(['prints', 'starts_again'])('%s: that is no progress, and its worker is replaced', async (path) => {
    const server = await serve()
    expect(await ask(server.port, `/${path}`)).toMatch(/^HTTP\/1\.1 504 /)
    expect(await ask(server.port, '/quick')).toMatch(QUICK)
    expect(server.lines).toContain('worker 1 does not stop what it was given up for: it is killed')
  })

  test('an application that goes on when its client has gone is ended', async () => {
    const server = await serve()
    const client = await send(server.port, '/goes_on')
    await until(() => client.received.length > 0)
    client.socket.resetAndDestroy()
    expect(await ask(server.port, '/quick')).toMatch(QUICK)
    expect(server.lines).toContainEqual(expect.stringContaining('went on for 1 s after its client had gone'))
  })
})
