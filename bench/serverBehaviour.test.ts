import { createServer, type Server, type Socket } from 'node:net'
import { afterAll, expect, test } from 'vitest'
import { EXCHANGES } from './exchanges.ts'
import { LoadResult } from './loadResult.ts'
import { firstLine, output, script, startProgram, stopAll } from './processes.ts'
import { behaviourOf, tryExchange } from './serverBehaviour.ts'

const servers: Server[] = []
const sockets = new Set<Socket>()

afterAll(async () => {
  for (const socket of sockets) socket.destroy()
  for (const server of servers) server.close()
  await stopAll()
})

const HELLO = 'HTTP/1.1 200 OK\r\nContent-Length: 14\r\n\r\nHello, world!\n'

/** A server that does `reply` with every request, on a port of its own. */
function serve(reply: (socket: Socket, request: string) => void): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('data', (data: Buffer) => reply(socket, data.toString('latin1')))
      socket.on('error', () => socket.destroy())
      socket.on('close', () => sockets.delete(socket))
    })
    servers.push(server)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      resolve(address !== null && typeof address === 'object' ? address.port : 0)
    })
  })
}

const nodeHttp = async (): Promise<number> =>
  Number(JSON.parse(await firstLine(startProgram(process.execPath, script('nodeHttp.ts')))).port)

test('node:http answers every exchange rightly, keeps connections, and closes them when asked', async () => {
  const port = await nodeHttp()
  for (const name of EXCHANGES) {
    expect(await tryExchange(port, name)).toEqual({ problem: null, endsWithStream: false })
  }
  expect(await behaviourOf(port)).toEqual({ keeps: true, closesWhenAsked: true, silent: false, oneAtATime: false })
})

test.each([
  ['keep-alive', 'hello'],
  ['close', 'hello'],
  ['keep-alive', 'chunks down'],
  ['keep-alive', 'chunks up'],
])('the generator has every request answered: %s, %s', async (behaviour, name) => {
  const args = [...script('generator.ts'), `${await nodeHttp()}`, '2', '1', behaviour, name]
  const { requests, refused, failed, cut } = LoadResult.parse(JSON.parse(await output(process.execPath, args)))
  expect(requests).toBeGreaterThan(0)
  expect({ refused, failed, cut }).toEqual({ refused: 0, failed: 0, cut: 0 })
})

test('a wrong answer is told, and so is one that does not end', async () => {
  const wrong = await serve((socket) => socket.write(HELLO.replace('world', 'there')))
  expect((await tryExchange(wrong, 'hello')).problem).toBe('answered "Hello, there!\\n"')
  const refusing = await serve((socket) => socket.write(HELLO.replace('200 OK', '503 Later')))
  expect((await tryExchange(refusing, 'hello')).problem).toBe('answered 503')
  const endless = await serve((socket) => socket.write(HELLO.replace('14', '15')))
  expect((await tryExchange(endless, 'hello')).problem).toBe('no whole answer')
})

test('an answer may have no other end than the connection has', async () => {
  const port = await serve((socket) => socket.end(HELLO.replace('Content-Length: 14\r\n', '')))
  expect(await tryExchange(port, 'hello')).toEqual({ problem: null, endsWithStream: true })
})

test('a server that closes without saying so is told from one that says it', async () => {
  const silent = await serve((socket) => socket.end(HELLO))
  expect(await behaviourOf(silent)).toMatchObject({ keeps: false, silent: true, closesWhenAsked: true })
  const says = await serve((socket) => socket.end(HELLO.replace('OK\r\n', 'OK\r\nConnection: close\r\n')))
  expect(await behaviourOf(says)).toMatchObject({ keeps: false, silent: false })
})

test('a server that keeps a connection it was asked to close is found out', async () => {
  const port = await serve((socket) => socket.write(HELLO))
  expect(await behaviourOf(port)).toMatchObject({ keeps: true, closesWhenAsked: false })
})

test('a server that leaves others waiting beside a kept connection is found out', async () => {
  let first: Socket | null = null
  const port = await serve((socket, request) => {
    first ??= socket
    if (request.includes('Connection: close')) socket.end(HELLO)
    else if (first === socket) socket.write(HELLO)
  })
  expect(await behaviourOf(port)).toMatchObject({ keeps: true, oneAtATime: true })
})
