/** What one connection may carry: two requests at once, a request in pieces, a response in chunks. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventsOfKind } from '../shared/trace/query.ts'
import { curl, openConnection, sendRaw } from './clients.ts'
import { sample } from './server.ts'
import { expect, test } from './test.ts'
import { traceWith } from './traces.ts'
import { visible } from './visible.ts'

test('two pipelined requests are two exchanges, each with its own bytes', async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('hello.py')}:app` })
  await scope.open(server.ui)
  const first = 'POST /one HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc'
  const second = 'GET /two HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
  const answer = await sendRaw(server, first + second)
  const border = answer.lastIndexOf('HTTP/1.1 200 OK')
  expect(border).toBeGreaterThan(0)

  await scope.answered(['POST /one 200', 'GET /two 200'])
  await scope.select(scope.options.filter({ hasText: '/two' }))
  await scope.press('Last')
  expect(await scope.text('Socket bytes')).toBe(visible(second))
  expect(await scope.text('Response bytes')).toBe(visible(answer.subarray(border)))

  await scope.select(scope.options.filter({ hasText: '/one' }))
  await scope.press('Last')
  const socket = await scope.text('Socket bytes')
  expect(socket).toContain(visible('Content-Length: 3\r\n\r\n'))
  expect(socket).not.toContain('/two')
  const prose = (await scope.rows('Socket bytes')).join(' ')
  expect(prose).toContain(`+ ${second.length} bytes of the request behind this one`)
  expect(await scope.text('Response bytes')).toBe(visible(answer.subarray(0, border)))
})

test('a request that arrives in pieces is shown with its borders, and understood as one', async ({
  serve,
  scope,
  folder,
}) => {
  const trace = join(folder, 'trace.ndjson')
  const server = await serve({ app: `${sample('hello.py')}:app`, args: ['--trace', trace] })
  await scope.open(server.ui)
  const pieces = [
    'POST /in-pie',
    'ces HTTP/1.1\r\nHost: a\r\nConnection: clo',
    'se\r\nContent-Length: 4\r\n\r',
    '\nabcd',
  ]
  const connection = await openConnection(server.host, server.port)
  for (const [index, piece] of pieces.entries()) {
    connection.write(piece)
    await traceWith(trace, 'socket.received', index + 1)
  }
  expect((await connection.closed).toString()).toContain('You sent 4 bytes.')

  await scope.answered(['POST /in-pieces 200'])
  await scope.press('Last')
  const all = pieces.join('')
  await expect(scope.note('Socket bytes')).toContainText(`${all.length} B`)
  expect((await scope.text('Socket bytes')).startsWith(visible(all.slice(0, -4)))).toBe(true)
  await expect(scope.card('Socket bytes').locator('.perforation')).toHaveCount(3)
  expect(await scope.text('Request line')).toContain('/in-pieces')
})

test('a response of several chunks is shown with its framing, byte for byte', async ({ serve, scope, folder }) => {
  const trace = join(folder, 'trace.ndjson')
  const server = await serve({ app: `${sample('stream.py')}:app`, args: ['--trace', trace] })
  await scope.open(server.ui)
  const { stdout } = await curl('-i', '--raw', `${server.http}/?n=4&delay=0`)
  const text = stdout.toString('latin1')
  expect(text).toContain('chunk 4 of 4')
  expect(text.endsWith('0\r\n\r\n')).toBe(true)
  const events = await traceWith(trace, 'response.answered', 1)
  expect(eventsOfKind(events, 'app.yielded')).toHaveLength(4)

  await scope.answered(['GET /?n=4&delay=0 200'])
  await scope.press('Last')
  expect((await scope.rows('Response bytes')).join('').replaceAll(' ', '')).toBe(visible(stdout).replaceAll(' ', ''))
})

/** Yields a chunk, and the next one when a file is there. */
const WAITING = `
import os, time

def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    yield b"before\\n"
    while not os.path.exists(environ["PATH_INFO"]):
        time.sleep(0.01)
    yield b"after\\n"
`

test('what is still on its way is shown as far as it has come', async ({ serve, scope, folder }) => {
  await writeFile(join(folder, 'waiting.py'), WAITING)
  const server = await serve({ app: 'waiting.py:app', cwd: folder })
  await scope.open(server.ui)
  const go = join(folder, 'go')
  const connection = await openConnection(server.host, server.port)
  connection.write(`GET ${go} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)

  await expect(scope.options).toHaveText([`GET ${go} answering`])
  await scope.press('Last')
  await expect.poll(() => scope.text('Response bytes')).toContain(visible('before\n'))
  await expect.poll(() => visible(connection.received())).toContain(visible('before\n'))
  expect(await scope.text('Response bytes')).toBe(visible(connection.received()))

  await writeFile(go, '')
  const answer = await connection.closed
  await scope.answered([`GET ${go} 200`])
  await scope.press('Last')
  await expect.poll(() => scope.text('Response bytes')).toBe(visible(answer))
  expect(answer.toString()).toContain('after\n')
})

test('an exchange that was over long before the page came is shown when it is chosen', async ({ serve, scope }) => {
  const server = await serve()
  for (let n = 1; n <= 30; n++) await curl(`${server.http}/${n}`)
  await scope.open(server.ui)
  await expect(scope.options.last()).toHaveText('GET /30 200')
  await expect(scope.options.last()).toHaveAttribute('aria-selected', 'true')
  await scope.page.getByRole('listbox', { name: 'Exchanges' }).focus()
  await scope.page.keyboard.press('Home')
  await expect(scope.options.first()).toHaveText('GET /1 200')
  await expect(scope.options.first()).toHaveAttribute('aria-selected', 'true')
  await expect.poll(() => scope.text('Request line')).toContain('/1')
  expect((await scope.text('Response bytes')).startsWith('HTTP/1.1 200 OK')).toBe(true)
  await scope.press('First')
  await scope.press('Step forward')
  await scope.press('Last')
  expect((await scope.text('Response bytes')).startsWith('HTTP/1.1 200 OK')).toBe(true)
})
