import { expect, test } from 'vitest'
import { parseCommandLine, UsageError } from './options.ts'

const parse = (...argv: string[]) => {
  const line = parseCommandLine(argv, {}, '/here')
  if (line.kind !== 'run') throw new Error(`${line.kind} is not a run`)
  return line.options
}

test('without arguments everything has its default', () => {
  expect(parse()).toMatchObject({
    spec: null,
    host: '127.0.0.1',
    port: 8888,
    uiPort: 8000,
    workers: 1,
    appTimeoutMs: 30_000,
    trace: null,
    maxBody: 1024 ** 3,
    headLimits: {},
    reload: true,
    ui: true,
    open: true,
    json: false,
    cwd: '/here',
  })
})

test.each([
  ['8000', { host: '127.0.0.1', port: 8000 }],
  ['localhost:8000', { host: 'localhost', port: 8000 }],
  ['[::1]:8000', { host: '::1', port: 8000 }],
  ['unix:/tmp/app.sock', { path: '/tmp/app.sock' }],
  ['unix:app.sock', { path: '/here/app.sock' }],
])('a tap passes everything on to %s', (text, to) => {
  const tap = { to, socket: null, speaks: 'http' }
  expect(parse('tap', '--listen', '9000', '--to', text)).toMatchObject({ tap, port: 9000, spec: null })
})

test('a tap for uwsgi may listen at a Unix domain socket', () => {
  const line = ['tap', '--protocol', 'uwsgi', '--listen', 'unix:tap.sock', '--to', '3031']
  const tap = { to: { host: '127.0.0.1', port: 3031 }, socket: '/here/tap.sock', speaks: 'uwsgi' }
  expect(parse(...line)).toMatchObject({ tap })
})

test('an IPv6 address to listen at may stand in brackets, as in a URL', () => {
  expect(parse('--host', '[::1]', '--ui-host', '[fe80::1%eth0]')).toMatchObject({ host: '::1', uiHost: 'fe80::1%eth0' })
  expect(parse('--host', '::1')).toMatchObject({ host: '::1', uiHost: '127.0.0.1' })
})

test('a port that the gateway and the page are both to have is told, whoever has it first', () => {
  const told = /^port 8000 is for the gateway and for the page: give the page another one, such as --ui-port 0$/
  expect(() => parse('--port', '8000')).toThrow(told)
  expect(() => parse('tap', '--to', '9000', '--listen', '8000')).toThrow(/^port 8000 is for the tap and for the page/)
  for (const other of [['--no-ui'], ['--ui-port', '0'], ['--host', '127.0.0.2']]) {
    expect(parse('--port', '8000', ...other)).toMatchObject({ port: 8000 })
  }
  expect(parse('--port', '0', '--ui-port', '0')).toMatchObject({ port: 0, uiPort: 0 })
})

test('values may follow their flag or an equals sign', () => {
  expect(parse('app:app', '--port', '0', '--ui-port=1', '--app-timeout', '0.5')).toMatchObject({
    spec: 'app:app',
    port: 0,
    uiPort: 1,
    appTimeoutMs: 500,
  })
})

test.each([
  ['512', 512],
  ['512K', 512 * 1024],
  ['10m', 10 * 1024 ** 2],
  ['2GB', 2 * 1024 ** 3],
])('--max-body %s is %i bytes', (text, bytes) => {
  expect(parse('--max-body', text).maxBody).toBe(bytes)
})

test('what a head may be has an option for each limit', () => {
  const { headLimits } = parse('--max-line', '12K', '--max-header=16K', '--max-headers', '200', '--max-head', '1M')
  expect(headLimits).toEqual({ requestLine: 12_288, headerField: 16_384, headerFields: 200, headerBytes: 1024 ** 2 })
})

test('paths are relative to where the person stands, also under npm', () => {
  const npm = parseCommandLine(
    ['--trace', 't.ndjson'],
    { npm_package_name: 'wsgiscope', INIT_CWD: '/person' },
    '/package',
  )
  const direct = parseCommandLine(['--trace', 't.ndjson'], { npm_package_name: 'shop', INIT_CWD: '/person' }, '/here')
  expect(npm).toMatchObject({ options: { trace: '/person/t.ndjson', cwd: '/person' } })
  expect(direct).toMatchObject({ options: { trace: '/here/t.ndjson', cwd: '/here' } })
})

test('--trace - is standard output', () => {
  expect(parse('--trace', '-').trace).toBe('-')
})

test('the server is the one that follows PEP 3333 unless the naive one is asked for', () => {
  expect(parse()).toMatchObject({ server: 'pep3333' })
  expect(parse('--server', 'sixty-lines', 'app.py:app')).toMatchObject({ server: 'sixty-lines', spec: 'app.py:app' })
})

test('no browser is opened for a program or in CI', () => {
  expect(parse('--json').open).toBe(false)
  expect(parseCommandLine([], { CI: 'true' }, '/')).toMatchObject({ options: { open: false } })
})

test.each([
  [['--prot', '1'], 'unknown option --prot; did you mean --port? (--help lists them all)'],
  [['--uiport', '1'], 'unknown option --uiport; did you mean --ui-port? (--help lists them all)'],
  [['--classroom'], 'unknown option --classroom (--help lists them all)'],
  [['--server', 'fast'], '--server is pep3333 or sixty-lines, not "fast"'],
  [
    ['--server', 'sixty-lines', '--workers', '2'],
    '--workers is not for --server sixty-lines, which knows no such thing',
  ],
  [
    ['--server', 'sixty-lines', '--python', 'embedded'],
    '--server sixty-lines opens sockets of its own, which embedded Python has not: give --python the path of a python3',
  ],
  [
    ['--server', 'sixty-lines', 'app.ts:app'],
    '--server sixty-lines is Python and runs Python applications, not app.ts',
  ],
  [['tap'], 'tap needs --to HOST:PORT'],
  [
    ['tap', '--to', 'http://localhost:80'],
    '--to is a host and a port, such as 127.0.0.1:8000, or unix:PATH, not "http://localhost:80"',
  ],
  [['tap', '--to', '80', '--protocol', 'fastcgi'], '--protocol is http or uwsgi, not "fastcgi"'],
  [['--protocol', 'uwsgi'], '--protocol belongs to: wsgiscope tap'],
  [['tap', '--to', 'localhost:0'], '--to is a host and a port'],
  [['tap', '--to', '80', '--port', '1'], '--port is not for wsgiscope tap: a tap listens at --listen PORT'],
  [['tap', '--to', '80', '--python', 'p'], '--python is not for wsgiscope tap: a tap runs no application'],
  [['tap', '--to', '80', '--server', 'sixty-lines'], '--server is not for wsgiscope tap: a tap runs no application'],
  [['tap', '--to', '80', 'app:app'], 'one application at a time'],
  [['--to', '80'], '--to belongs to: wsgiscope tap --to HOST:PORT [--listen PORT]'],
  [['-x'], 'unknown option -x (--help lists them all)'],
  [['--port'], '--port needs a value'],
  [['--port='], '--port needs a value'],
  [['--port', '--json'], '--port needs a value, and --json looks like an option'],
  [['--port', '70000'], '--port is a whole number from 0 to 65535, not "70000"'],
  [['--port', '1e3'], '--port is a whole number from 0 to 65535, not "1e3"'],
  [['--workers', '0'], '--workers is a whole number from 1 to 64, not "0"'],
  [['--app-timeout', '0'], '--app-timeout is a number of seconds from 0.001 to 86400, not "0"'],
  [['--app-timeout', '0.0001'], '--app-timeout is a number of seconds from 0.001 to 86400, not "0.0001"'],
  [['--app-timeout', '86401'], '--app-timeout is a number of seconds from 0.001 to 86400, not "86401"'],
  [['--max-body', 'big'], '--max-body is a size such as 512K, 10M or 1G, not "big"'],
  [['--max-line', '1M'], '--max-line is a size from 1 to 128K, not "1M"'],
  [['--max-header', '0'], '--max-header is a size from 1 to 128K, not "0"'],
  [['--max-head', 'much'], '--max-head is a size such as 512K, 10M or 1G, not "much"'],
  [['--max-headers', '1K'], '--max-headers is a whole number from 1 to 10000, not "1K"'],
  [['--server', 'sixty-lines', '--max-line', '1K'], '--max-line is not for --server sixty-lines'],
  [['tap', '--to', '80', '--max-headers', '5'], '--max-headers is not for wsgiscope tap'],
  [['--json=yes'], '--json takes no value'],
  [['--json', '--trace', '-'], '--trace - and --json both want standard output; give --trace a file'],
  [['a:b', 'c:d'], 'one application at a time: "c:d" is one too many'],
])('%j is refused in one line', (argv, message) => {
  expect(() => parse(...argv)).toThrow(UsageError)
  expect(() => parse(...argv)).toThrow(message)
})

test('uwsgi is spoken where it is asked for', () => {
  expect(parse()).toMatchObject({ uwsgiPort: null, uwsgiSocket: null })
  expect(parse('--uwsgi-port', '3031', '--uwsgi-socket', 'app.sock')).toMatchObject({
    uwsgiPort: 3031,
    uwsgiSocket: '/here/app.sock',
  })
  expect(parse('--uwsgi-socket', 'unix:/tmp/app.sock').uwsgiSocket).toBe('/tmp/app.sock')
})

test.each([
  [['--uwsgi-port', '8888'], /port 8888 is for uwsgi and for HTTP/],
  [['--uwsgi-port', '8000'], /port 8000 is for uwsgi and for the page/],
  [['--uwsgi-port', 'x'], /--uwsgi-port is a whole number/],
  [['--uwsgi-socket', 'a'.repeat(108)], /--uwsgi-socket is \d+ bytes long/],
  [['--server', 'sixty-lines', '--uwsgi-port', '0'], /--uwsgi-port is not for --server sixty-lines/],
  [['tap', '--to', '1', '--uwsgi-socket', 'x'], /--uwsgi-socket is not for wsgiscope tap/],
] as const)('%j cannot be meant', (argv, message) => {
  expect(() => parse(...argv)).toThrow(message)
})
