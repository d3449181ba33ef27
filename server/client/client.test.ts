import { createServer, type Socket } from 'node:net'
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { expect, onTestFinished, test } from 'vitest'
import { OUTPUT_LIMIT } from '../../shared/commandLine/printing.ts'
import { startServer, until } from '../testing/harness.ts'
import { runCommand, sendRaw } from './client.ts'

const EDGES = new URL('../testing/apps/edges.ts', import.meta.url).pathname

function terminal(port: number, room: () => Promise<void> | null = () => null) {
  const printed = { out: '', note: '', error: '' }
  const heard: (typeof printed & { port: number })[] = []
  const abort = new AbortController()
  const context = {
    gateway: { host: '127.0.0.1', port },
    version: '1',
    signal: abort.signal,
    print(stream: 'out' | 'note' | 'error', bytes: Uint8Array) {
      printed[stream] += Buffer.from(bytes).toString('latin1')
    },
    room,
    heard: (port: number) => heard.push({ port, ...printed }),
  }
  return {
    printed,
    /** What had been printed whenever the server was heard, and on which port. */
    heard,
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

test('it is told from which port an answer came, before any of it is printed; a redirect is another one', async () => {
  const { port, log } = await startServer('hello.ts')
  const { run, heard } = terminal(port)
  expect(await run('curl -iv /')).toBe(0)
  expect(heard).toHaveLength(1)
  expect(heard[0]?.out).toBe('')
  expect(heard[0]?.note).toMatch(/> GET \/ HTTP\/1\.1\n[^<]*$/)
  const opened = log.snapshot().find(({ kind }) => kind === 'connection.opened')
  expect(opened).toMatchObject({ peer: { port: heard[0]?.port } })

  const redirecting = terminal(await answering('HTTP/1.1 302 Found\r\nLocation: /there\r\nContent-Length: 0\r\n\r\n'))
  expect(await redirecting.run('curl -L --max-redirs 1 /')).toBe(47)
  expect(redirecting.heard).toHaveLength(2)
})

test('a server that ends the connection was heard, one that is not there was not', async () => {
  const { run, heard } = terminal(await answering(''))
  expect(await run('curl /')).toBe(52)
  expect(heard).toMatchObject([{ error: '' }])
  const { close, port } = await startServer('hello.ts', '--no-ui')
  await close()
  const nobody = terminal(port)
  expect(await nobody.run('curl /')).toBe(7)
  expect(nobody.heard).toEqual([])
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

/** Answers by path: the head's lines, then a body. */
const answeringPaths = (answers: Record<string, [head: string, body: Uint8Array | string]>) =>
  startPeer((socket) =>
    socket.once('data', (data) => {
      const path = /^\S+ (\S+)/.exec(data.toString('latin1'))?.[1] ?? ''
      const [head, body] = answers[path] ?? ['404 Not Found', 'nothing here']
      const bytes = Buffer.from(body)
      socket.write(`HTTP/1.1 ${head}\r\nContent-Length: ${bytes.length}\r\nConnection: close\r\n\r\n`)
      socket.end(bytes)
    }),
  )

test('-L follows to the last answer and prints its body alone; -i prints every head', async () => {
  const port = await answeringPaths({
    '/a': ['302 Found\r\nLocation: b?c', 'go on'],
    '/b?c': ['301 Moved\r\nLocation: /d', 'go on'],
    '/d': ['200 OK', 'here'],
  })
  const plain = terminal(port)
  const withHeads = terminal(port)
  expect(await plain.run('curl -L /a')).toBe(0)
  expect(plain.printed.out).toBe('here')
  expect(await withHeads.run('curl -iL /a')).toBe(0)
  expect(withHeads.printed.out.match(/^HTTP\/1\.1 \d+/gm)).toEqual(['HTTP/1.1 302', 'HTTP/1.1 301', 'HTTP/1.1 200'])
})

test('redirects are followed no further than asked, and never to somewhere else', async () => {
  const port = await answeringPaths({
    '/loop': ['302 Found\r\nLocation: /loop', ''],
    '/away': ['302 Found\r\nLocation: http://example.org/', ''],
  })
  const looping = terminal(port)
  expect(await looping.run('curl -L --max-redirs 3 /loop')).toBe(47)
  expect(looping.printed.error).toContain('Maximum (3) redirects followed')
  const away = terminal(port)
  expect(await away.run('curl -L /away')).toBe(7)
  expect(away.printed.error).toContain('example.org:80 is somewhere else')
  expect(await terminal(port).run('curl /away')).toBe(0)
})

test.each([
  ['gzip', gzipSync],
  ['deflate', deflateSync],
  ['br', brotliCompressSync],
] as const)('--compressed prints an answer in %s decoded', async (coding, encode) => {
  const port = await answeringPaths({ '/': [`200 OK\r\nContent-Encoding: ${coding}`, encode('decoded')] })
  const { run, printed } = terminal(port)
  expect(await run('curl --compressed /')).toBe(0)
  expect(printed.out).toBe('decoded')
})

test('an answer that is not encoded as it says, or is far longer than it looks, is an error', async () => {
  const port = await answeringPaths({
    '/': ['200 OK\r\nContent-Encoding: gzip', 'plain'],
    '/bomb': ['200 OK\r\nContent-Encoding: gzip', gzipSync(Buffer.alloc(64 * OUTPUT_LIMIT))],
  })
  for (const path of ['/', '/bomb']) {
    const { run, printed } = terminal(port)
    expect(await run(`curl --compressed ${path}`)).toBe(61)
    expect(printed.error).toContain('cannot be decoded as gzip')
  }
})

test('-f fails without a body, --fail-with-body with it', async () => {
  const port = await answeringPaths({})
  const silent = terminal(port)
  const loud = terminal(port)
  expect(await silent.run('curl -f /')).toBe(22)
  expect(await loud.run('curl --fail-with-body /')).toBe(22)
  expect(silent.printed).toMatchObject({ out: '', error: 'curl: (22) The requested URL returned error: 404\n' })
  expect(loud.printed.out).toBe('nothing here')
})

test('what is not done is said before the answer', async () => {
  const port = await answeringPaths({ '/': ['200 OK', 'x'] })
  const { run, printed } = terminal(port)
  expect(await run('curl -o out.txt /')).toBe(0)
  expect(printed).toMatchObject({ out: 'x', note: '* -o: not done, there are no files here; the answer is printed\n' })
})

test.each([
  ['ls | curl -d @- /', 'ls: only printf and echo can stand before a pipe here'],
  ['curl / | jq .', 'jq: not a command here; this is not a shell, what curl prints can be piped nowhere'],
  ['echo a | printf b | curl -d @- /', 'one pipe at most'],
  ["printf '%d' 1 | curl -d @- /", 'printf: %d is not known here'],
])('%s says why it is not carried out', async (line, why) => {
  const { run, printed } = terminal(1)
  expect(await run(line)).toBe(2)
  expect(printed.error).toContain(why)
})

test.each([
  ['text', Buffer.from('name=Ada&text=it\'s "so"\n')],
  ['bytes', Buffer.from([0, 1, 0x25, 0x5c, 0x27, 0xff, 0x0d, 0x0a, ...Buffer.from('--x')])],
])('a command that was exported is taken as it is pasted: a body of %s', async (_, body) => {
  const { port, uiPort, log } = await startServer('hello.ts', '--ui-port', '0')
  const { raw, run, printed } = terminal(port)
  const head = `POST /a%20b?c=[1] HTTP/1.1\r\nHost: elsewhere.example\r\nX-It: it's\r\nContent-Length: ${body.length}\r\n\r\n`
  expect(await raw(head + body.toString('latin1'))).toBe(0)
  const exported = await fetch(`http://127.0.0.1:${uiPort}/api/exchanges/1.curl`)
  printed.error = ''
  expect(await run(await exported.text()), printed.error).toBe(0)
  const [first, second] = [1, 2].map((exchange) =>
    log
      .snapshot()
      .filter((event) => event.exchange === exchange)
      .flatMap((event) => {
        if (event.kind === 'request.line') return [`${event.method} ${event.target}`]
        return event.kind === 'request.header' ? [`${event.name}: ${event.value}`] : []
      })
      .sort(),
  )
  expect(second).toEqual(first)
})
