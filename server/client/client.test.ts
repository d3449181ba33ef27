import { createServer, type Socket } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { startServer, until } from '../testing/harness.ts'
import { OUTPUT_LIMIT, runCommand, sendRaw } from './client.ts'

const EDGES = new URL('../testing/apps/edges.ts', import.meta.url).pathname

function terminal(port: number, room: () => Promise<void> | null = () => null) {
  const printed = { out: '', note: '', error: '' }
  const abort = new AbortController()
  const context = {
    gateway: { host: '127.0.0.1', port },
    version: '1',
    signal: abort.signal,
    print(stream: 'out' | 'note' | 'error', bytes: Uint8Array) {
      printed[stream] += Buffer.from(bytes).toString('latin1')
    },
    room,
  }
  return {
    printed,
    cancel: () => abort.abort(),
    run: (line: string) => runCommand(line, context),
    raw: (text: string) => sendRaw(Buffer.from(text, 'latin1'), context),
  }
}

/** A server that is no server: it does with each connection what the test says. */
async function startPeer(onConnection: (socket: Socket) => void): Promise<number> {
  const peer = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    onConnection(socket)
  })
  await new Promise<void>((resolve) => peer.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    peer.close()
  })
  const address = peer.address()
  return typeof address === 'object' ? (address?.port ?? 0) : 0
}

/** Reads a request's head, answers, closes. */
const answering = (answer: string) => startPeer((socket) => socket.once('data', () => socket.end(answer)))

test('while there is no room for what it prints, it reads no further', async () => {
  let sent = 0
  let drained = true
  const body = Buffer.alloc(64 * 1024, 'x')
  const port = await startPeer((socket) => {
    const more = () => {
      while (!socket.destroyed && drained) {
        sent += body.length
        drained = socket.write(body)
      }
    }
    socket.on('drain', () => {
      drained = true
      more()
    })
    socket.once('data', () => {
      socket.write('HTTP/1.0 200 OK\r\n\r\n')
      more()
    })
  })
  let makeRoom: () => void = () => undefined
  const slow = terminal(port, () => new Promise((resolve) => (makeRoom = resolve)))
  const code = slow.run('curl /')
  await until(() => slow.printed.out !== '' && !drained)
  const [printed, before] = [slow.printed.out.length, sent]
  for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
  expect(slow.printed.out).toHaveLength(printed)
  expect(sent).toBe(before)
  makeRoom()
  await until(() => slow.printed.out.length > printed)
  slow.cancel()
  makeRoom()
  expect(await code).toBe(42)
})

test('the body goes to out; -i adds the head; -v says the rest in notes', async () => {
  const { port } = await startServer('hello.ts')
  const plain = terminal(port)
  const verbose = terminal(port)
  expect(await plain.run('curl /?name=you')).toBe(0)
  expect(await verbose.run(`curl -iv -d abc localhost:${port}`)).toBe(0)
  expect(plain.printed).toEqual({ out: 'Hello, you!\n', note: '', error: '' })
  expect(verbose.printed.out).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\nHello, world!\nYou sent 3 bytes\.\n$/)
  expect(verbose.printed.note.split('\n').filter((line) => !line.startsWith('< '))).toEqual([
    `*   Trying 127.0.0.1:${port}...`,
    `* Connected to localhost (127.0.0.1) port ${port}`,
    '> POST / HTTP/1.1',
    `> Host: localhost:${port}`,
    '> User-Agent: wsgiscope-client/1',
    '> Accept: */*',
    '> Content-Length: 3',
    '> Content-Type: application/x-www-form-urlencoded',
    '> ',
    '* Connection #0 to host localhost left intact',
    '',
  ])
})

test('-I asks with HEAD, -0 with HTTP/1.0', async () => {
  const { port, log } = await startServer('hello.ts')
  const { run, printed } = terminal(port)
  expect(await run('curl -I0 /')).toBe(0)
  expect(printed.out).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*\r\n\r\n$/)
  const line = log.snapshot().find(({ kind }) => kind === 'request.line')
  expect(line).toMatchObject({ method: 'HEAD', version: 'HTTP/1.0' })
})

test('with Expect: 100-continue the body waits for the 100', async () => {
  const { port } = await startServer('hello.ts')
  const { run, printed } = terminal(port)
  expect(await run("curl -v -H 'Expect: 100-continue' -d abc /")).toBe(0)
  expect(printed.out).toBe('Hello, world!\nYou sent 3 bytes.\n')
  expect(printed.note).toContain('< HTTP/1.1 100 Continue\n')
})

test('more than the limit is read but not shown', async () => {
  const { port } = await startServer(`${EDGES}:large`)
  const { run, printed } = terminal(port)
  expect(await run(`curl '/?${OUTPUT_LIMIT * 3}'`)).toBe(0)
  expect(printed.out).toHaveLength(OUTPUT_LIMIT)
  expect(printed.note).toContain('the rest is read and not shown')
})

test.each([
  ['', 52, 'Empty reply from server'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe', 18, 'transfer closed with 3 bytes remaining to read'],
  ['what?\r\n\r\n', 8, 'this is not a response'],
])('an answer of %j is exit code %i', async (answer, code, message) => {
  const { run, printed } = terminal(await answering(answer))
  expect(await run('curl /')).toBe(code)
  expect(printed.error).toContain(`curl: (${code}) `)
  expect(printed.error).toContain(message)
})

test('nobody there is exit code 7', async () => {
  const { close, port } = await startServer('hello.ts', '--no-ui')
  await close()
  const { run, printed } = terminal(port)
  expect(await run('curl /')).toBe(7)
  expect(printed.error).toMatch(/^curl: \(7\) Failed to connect to 127\.0\.0\.1 port \d+/)
})

test('what is not curl is no command here', async () => {
  const { run, printed } = terminal(1)
  expect(await run('ls -l')).toBe(2)
  expect(await run('  ')).toBe(0)
  expect(printed.error).toBe('ls: not a command here; this is not a shell, it knows: curl\n')
})

test('raw bytes are sent as they are; the answers are printed as they are; it ends when nothing more comes', async () => {
  const { port, log } = await startServer('hello.ts')
  const { raw, printed } = terminal(port)
  const request = 'GET /?name=1 HTTP/1.1\r\nHost: a\r\n\r\n'
  expect(await raw(request + request.replace('1', '2'))).toBe(0)
  expect(printed.out.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(2)
  expect(printed.out).toMatch(/Hello, 2!\n$/)
  expect(log.totals.answered).toBe(2)
})

test('a raw request that is refused ends with the connection', async () => {
  const { port } = await startServer('hello.ts')
  const { raw, printed } = terminal(port)
  expect(await raw('GET / HTTP/1.1\r\n\r\n')).toBe(0)
  expect(printed.out).toMatch(/^HTTP\/1\.1 400 /)
})

test('a raw request can be cancelled', async () => {
  const { port, log } = await startServer('hello.ts')
  const { raw, cancel } = terminal(port)
  const code = raw('GET / HT')
  await until(() => log.snapshot().some(({ kind }) => kind === 'socket.received'))
  cancel()
  expect(await code).toBe(42)
})
