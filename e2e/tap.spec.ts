/** A server that is only listened to: what the page shows of it, and what it does not claim to know. */
import { createServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { curl, openConnection } from './clients.ts'
import { ROOT, runCommand } from './server.ts'
import { expect, test } from './test.ts'
import { visible } from './visible.ts'

/** A server that is none of ours; it ends with the test. */
async function listening(server: ReturnType<typeof createTcpServer>): Promise<number> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  return address !== null && typeof address === 'object' ? address.port : 0
}

const target = createServer((request, response) => {
  request.resume()
  request.on('end', () => response.end(`this was ${request.method}`))
})
let port = 0

test.beforeAll(async () => {
  port = await listening(target)
})

test.afterAll(() => {
  target.closeAllConnections()
  target.close()
})

test('a tapped exchange is shown from outside: its bytes as they are, its start_response as inferred', async ({
  serve,
  scope,
}) => {
  const server = await serve({ tap: port })
  await scope.open(server.ui)
  const { sent, stdout } = await curl('-i', '--raw', '-d', 'How are you', `${server.http}/hello?name=Ada`)
  await scope.answered(['POST /hello?name=Ada 200'])
  await scope.press('Last')
  expect((await scope.text('Socket bytes')).replace(/body, 11 bytes/, '')).toBe(visible(sent))
  expect(await scope.text('Response bytes')).toBe(visible(stdout))
  await expect(scope.card('Response bytes')).toContainText('from the tapped server')
  await expect(scope.note('start_response')).toHaveText('inferred')
  expect((await scope.rows('start_response')).slice(0, 2)).toEqual(['INFERRED, NOT SEEN', "'200 OK'"])
  for (const card of ['environ', 'Application'] as const) {
    await expect(scope.card(card)).toContainText('Inside the server: the tap sees only bytes.')
  }
  const captions: string[] = []
  await scope.press('First')
  for (let beat = 0; beat < (await scope.beats()); beat++) {
    await scope.press('Step forward')
    captions.push((await scope.caption.textContent()) ?? '')
  }
  expect(captions.join(' ')).toContain('Inferred, not seen: a call of start_response that fits the answer.')
  expect(captions.join(' ')).not.toMatch(/gateway|application|server (read|split|called)/)
})

test('the terminal sends through the tap', async ({ serve, scope }) => {
  const server = await serve({ tap: port })
  await scope.open(server.ui)
  await scope.type('curl -i /from-here')
  await scope.answered(['GET /from-here 200'])
  await expect(scope.terminal).toContainText('this was GET')
})

test('what the tap cannot read is shown as bytes, and said', async ({ serve, scope }) => {
  const greeting = createTcpServer((socket) => {
    socket.write('220 not HTTP\r\n')
    socket.on('data', (data) => socket.end(data))
    socket.on('error', () => socket.destroy())
  })
  const server = await serve({ tap: await listening(greeting) })
  await scope.open(server.ui)
  const connection = await openConnection(server.host, server.port)
  connection.write('EHLO you\r\n')
  expect((await connection.closed).toString()).toBe('220 not HTTP\r\nEHLO you\r\n')
  connection.destroy()
  await scope.answered(['bytes only'])
  await scope.press('Last')
  expect(await scope.text('Response bytes')).toContain('220 not HTTP\\r\\n')
  expect(await scope.text('Socket bytes')).toBe('EHLO you\\r\\n')
  greeting.close()
})

test('a server that is not there is named, and its client is refused', async ({ serve, scope }) => {
  const gone = createTcpServer()
  const dead = await listening(gone)
  await new Promise((resolve) => gone.close(resolve))
  const server = await serve({ tap: dead })
  expect(server.stderr()).toContain(`nothing listens at 127.0.0.1:${dead} yet`)
  await scope.open(server.ui)
  expect((await curl(`${server.http}/there`)).code).toBe(56)
  await scope.answered(['GET /there incomplete'])
  await scope.press('Last')
  await expect(scope.caption).toHaveText('The connection ended before an answer was complete.')
  await expect.poll(() => server.stderr()).toContain(`nothing listens at 127.0.0.1:${dead}\n`)
})

test('a port that is taken, and a tap without a server, are said in one line', async () => {
  const taken = await runCommand(['tap', '--to', '127.0.0.1:1', '--listen', `${port}`, '--no-ui'], ROOT)
  expect(taken).toMatchObject({
    code: 2,
    stderr: `wsgiscope: port ${port} is taken by another program; try --listen 0, which picks a free one\n`,
  })
  const nowhere = await runCommand(['tap'], ROOT)
  expect(nowhere).toMatchObject({
    code: 2,
    stderr: 'wsgiscope: tap needs --to HOST:PORT, the server behind it\n',
  })
  const help = await runCommand(['tap', '--help'], ROOT)
  expect(help.stdout.toString()).toContain('usage: wsgiscope tap --to HOST:PORT')
})
