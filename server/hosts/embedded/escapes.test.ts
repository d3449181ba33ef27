/**
 * Ways out of embedded Python, each tried by an application in the real process, asked over a real socket. Many begin past
 * what is hidden from imports: that hides, it does not hold.
 */
import { execFileSync } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { connect, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { parseCommandLine } from '../../options.ts'
import { type Running, start } from '../../run.ts'

const ESCAPES = fileURLToPath(new URL('./testing/escapes.py', import.meta.url))
const SECRET = 'a-secret-of-the-server'

const outside = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
const folder = join(outside, 'application')
const secret = join(outside, 'secret.txt')
const lines: string[] = []
let running: Running
/** The same, where nobody may take longer than two seconds. */
let impatient: Running
let port: number
/** What the application would reach if there were a network. */
let listener: Server
const reached: string[] = []
const socket = createServer()

beforeAll(async () => {
  mkdirSync(folder)
  copyFileSync(ESCAPES, join(folder, 'escapes.py'))
  writeFileSync(secret, SECRET)
  symlinkSync(secret, join(folder, 'link'))
  symlinkSync(outside, join(folder, 'dirlink'))
  symlinkSync('/proc', join(folder, 'proclink'))
  mkdirSync(join(folder, 'odd'))
  symlinkSync('user@host.1234:5', join(folder, 'odd', '.#app.py'))
  symlinkSync(secret, join(folder, 'odd', 'outwards.py'))
  symlinkSync('loop.py', join(folder, 'odd', 'loop.py'))
  symlinkSync('plain.py', join(folder, 'odd', 'inwards.py'))
  writeFileSync(join(folder, 'odd', 'plain.py'), 'FOUND = True')
  writeFileSync(Buffer.concat([Buffer.from(join(folder, 'odd/')), Buffer.from([0xe9, 0xff])]), '')
  mkdirSync(join(folder, 'odd', 'closed'), { mode: 0 })
  execFileSync('mkfifo', [join(folder, 'odd', 'pipe.py')])
  socket.listen(join(folder, 'odd', 'socket'))
  listener = createServer((socket) => {
    reached.push('a connection')
    socket.end()
  })
  port = await new Promise((resolve) => {
    listener.listen(0, '127.0.0.1', () => {
      const address = listener.address()
      resolve(typeof address === 'object' && address !== null ? address.port : 0)
    })
  })
  process.env.WSGISCOPE_SECRET = SECRET
  running = await serve('--app-timeout', '300')
  impatient = await serve('--app-timeout', '2')
})
afterAll(async () => {
  delete process.env.WSGISCOPE_SECRET
  await Promise.all([running.close(), impatient.close()])
  listener.close()
  socket.close()
  rmSync(outside, { recursive: true, force: true })
})

async function serve(...options: string[]): Promise<Running> {
  const argv = [join(folder, 'escapes.py'), '--python', 'embedded', '--port', '0', '--ui-port', '0', ...options]
  const line = parseCommandLine(argv, { PATH: process.env.PATH, SECRET }, folder)
  if (line.kind !== 'run') throw new Error('this is no run')
  return start(line.options, { log: (_source, text) => lines.push(text), stdout: process.stdout, webFolder: folder })
}

async function attempt(name: string, query = '', server = running): Promise<string> {
  const answer = await fetch(`${server.http}/${name}?${query}`)
  return `${answer.status} ${await answer.text()}`
}

const DENIED = {
  noFile: /^200 DENIED FileNotFoundError/,
  noPermission: /^200 DENIED PermissionError/,
  noProcess: /^200 DENIED (OSError|AttributeError|PermissionError|RuntimeError)/,
  noNetwork: /^200 DENIED (OSError|URLError|ImportError|NotImplementedError|RuntimeError)/,
  noImport: /^200 DENIED ImportError: an embedded application /,
  noCode: /^200 DENIED JsException: EvalError: Code generation from strings disallowed/,
  frozen: /^200 DENIED JsException: TypeError: Cannot (add property|assign to read only property)/,
  died: /^500 /,
}

// First: what the later ones unhide stays so, in the process that they ran in.
describe('JavaScript has no name', () => {
  test.each(['import_js', 'import_pyodide_js', 'run_js', 'import_core', 'import_ctypes'])('%s', async (name) => {
    expect(await attempt(name, 'process')).toMatch(DENIED.noImport)
  })
})

describe('a file outside of the application’s folder is not there', () => {
  test.each([
    ['open_outside', '/etc/passwd', DENIED.noFile],
    ['open_outside', secret, DENIED.noFile],
    ['list_outside', '/etc', DENIED.noFile],
    ['list_outside', '/proc/1', DENIED.noFile],
    ['open_dotdot', '/etc/passwd', DENIED.noFile],
    ['open_link', '../secret.txt', DENIED.noFile],
    ['open_link', 'link', DENIED.noFile],
    ['open_link', 'dirlink/secret.txt', DENIED.noFile],
    ['open_link', 'proclink/self/environ', DENIED.noFile],
    ['list_link', 'dirlink', DENIED.noFile],
    ['open_proc', '', DENIED.noFile],
    ['chdir_and_open', '/etc/passwd', DENIED.noFile],
    ['symlink', '/etc/passwd', DENIED.noFile],
  ])('%s %s', async (name, query, denied) => {
    expect(await attempt(name, query)).toMatch(denied)
  })

  test('and the root has Python’s own folders, and those on the way to the application', async () => {
    const [top] = folder.split('/').filter(Boolean)
    const there = new Set(['dev', 'home', 'lib', 'proc', 'tmp', 'wsgiscope', top])
    const names = [...there].toSorted().map((name) => `'${name}'`)
    expect(await attempt('list_root')).toBe(`200 GOT [${names.join(', ')}]`)
  })
})

describe('a folder is listed whatever lies in it', () => {
  const NAMES = ['.#app.py', 'closed', 'inwards.py', 'loop.py', 'outwards.py', 'pipe.py', 'plain.py', 'socket']
  const asList = (names: string[]) => `200 GOT [${names.map((name) => `'${name}'`).join(', ')}]`

  test.each([
    ['listed', asList(NAMES)],
    ['scanned', "200 GOT ['inwards.py', 'plain.py']"],
    ['walked', asList(NAMES)],
    ['globbed', asList(NAMES.filter((name) => name.endsWith('.py') && !name.startsWith('.')))],
    ['imported', '200 GOT True'],
  ])('%s', async (name, found) => {
    expect(await attempt(name)).toBe(found)
  })

  test.each([
    ['outwards.py', DENIED.noFile],
    ['loop.py', DENIED.noFile],
    ['pipe.py', DENIED.noPermission],
    ['socket', DENIED.noPermission],
    ['inwards.py', /^200 GOT 'FOUND = True'/],
  ])('and what cannot be read as a whole is not opened: %s', async (name, found) => {
    expect(await attempt('open_link', `odd/${name}`)).toMatch(found)
  })
})

describe('the application’s folder cannot be changed', () => {
  test.each(['write_file', 'write_over', 'append', 'remove', 'rename', 'truncate', 'chmod', 'mkdir'])(
    '%s',
    async (name) => {
      expect(await attempt(name)).toMatch(DENIED.noPermission)
    },
  )

  test('replace', async () => {
    expect(await attempt('replace')).toMatch(/^200 DENIED OSError/)
  })

  test('and after all of it, is as it was', () => {
    expect(readdirSync(folder).toSorted()).toEqual(['dirlink', 'escapes.py', 'link', 'odd', 'proclink'])
    expect(readFileSync(join(folder, 'escapes.py'))).toEqual(readFileSync(ESCAPES))
  })
})

describe('there is no environment, and no other process', () => {
  test('environment', async () => {
    expect(await attempt('environment')).toBe("200 GOT {'HOME': '/home'}")
  })

  test.each(['fork', 'system', 'popen', 'run_process', 'execute', 'spawn', 'thread'])('%s', async (name) => {
    expect(await attempt(name)).toMatch(DENIED.noProcess)
  })

  test('kill', async () => {
    expect(await attempt('kill', `${process.pid}`)).toMatch(DENIED.noProcess)
    expect(await attempt('kill', '-1')).toMatch(DENIED.noProcess)
  })
})

describe('there is no network', () => {
  test.each([
    'tcp',
    'udp',
    'listen',
    'url',
    'http',
    'asynchronous',
    'resolve',
    'pyodide_http',
    'fetch',
    'xml_http_request',
  ])('%s', async (name) => {
    expect(await attempt(name, `${port}`)).toMatch(DENIED.noNetwork)
  })
})

describe('who finds JavaScript all the same finds nothing of Node in it', () => {
  test('js_names', async () => {
    expect(await attempt('js_names')).toBe('200 GOT []')
  })

  test.each([
    ['js_constructor', DENIED.noCode],
    ['js_generator_constructor', DENIED.noCode],
    ['run_script_imported', DENIED.noCode],
    ['js_prototype', DENIED.frozen],
    ['js_prepare_stack_trace', DENIED.frozen],
    ['mount_node_fs', /^200 DENIED JsException: Error: mountNodeFS only works in Node/],
    ['mount_by_hand', /^200 DENIED JsException: TypeError: Cannot read properties of undefined/],
    ['load_binary_file', /^200 DENIED TimeoutError/],
    ['run_script', DENIED.died],
    ['side_module', DENIED.died],
  ])('%s', async (name, denied) => {
    expect(
      await attempt(name, name === 'side_module' || name.startsWith('run_script') ? 'String(process)' : outside),
    ).toMatch(denied)
    expect(await attempt('ping')).toBe("200 GOT 'pong'")
  })

  test.each(['web_socket', 'load_package'])('%s', async (name) => {
    expect(await attempt(name, `${port}`)).toMatch(/^200 DENIED (JsException|RuntimeError|ConversionError)/)
  })

  test('and nothing was reached in all this', () => {
    expect(reached).toEqual([])
  })
})

describe('Node is handed nothing that could answer it', () => {
  test.each([
    ['lookup_dotdot', '../secret.txt', /^200 DENIED JsException/],
    ['lookup_dotdot', '..', /^200 DENIED JsException/],
    ['file_numbers', '', /^200 DENIED OSError: nothing to be read/],
    ['inspected', '', /^200 DENIED LookupError: nobody asked/],
  ])('%s %s', async (name, query, denied) => {
    expect(await attempt(name, query)).toMatch(denied)
  })

  test.each([
    ['stacks', '', "200 GOT ['no stack']"],
    ['stacks_set', '', /^200 DENIED JsException: TypeError: Cannot assign to read only property/],
    ['errors', '', "200 GOT 'all of this realm'"],
  ])('%s', async (name, query, found) => {
    const answer = await attempt(name, query)
    if (typeof found === 'string') expect(answer).toBe(found)
    else expect(answer).toMatch(found)
    expect(await attempt('ping')).toBe("200 GOT 'pong'")
  })

  test('rejected: nor when Python has ended', async () => {
    expect(await attempt('rejected')).toBe("200 GOT 'ends'")
    expect(await attempt('ping')).toBe("200 GOT 'pong'")
    expect(lines.filter((text) => text.includes('REACHED'))).toEqual([])
    expect(lines.at(-1)).toContain('is ready')
  })
})

/** How many processes with the application there are: each server has one that serves, and one to spare. */
function processes(): number {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  return pids.filter((pid) => {
    const command = existsSync(`/proc/${pid}/cmdline`) ? readFileSync(`/proc/${pid}/cmdline`, 'utf8') : ''
    return command.startsWith(process.execPath) && command.includes(folder)
  }).length
}

describe('who takes all there is, takes it from nobody else', () => {
  const ping = (server: Running) => attempt('ping', '', server)

  test.each(['loop', 'loop_in_c'])('%s: its time; a process that was warm before goes on', async (name) => {
    await ping(impatient)
    await vi.waitUntil(() => processes() === 4, 120_000)
    const began = performance.now()
    expect(await attempt(name, '', impatient)).toMatch(/^504 /)
    const passed = performance.now() - began
    const [, age] = /^200 GOT (\d+)$/.exec(await attempt('age', '', impatient)) ?? []
    expect(Number(age)).toBeGreaterThan(passed)
  })

  test.each([
    ['endless_list', /^200 DENIED MemoryError/],
    // Its memory or its time, whichever ends first on this machine.
    ['endless_recursion', /^(50[04] |200 DENIED (MemoryError|RecursionError))/],
    ['endless_string', /^200 DENIED MemoryError/],
    ['endless_file', /^200 DENIED OSError: \[Errno 51\] No space left/],
    ['many_open', /^200 DENIED OSError/],
    ['endless_frame', DENIED.died],
    ['endless_head', DENIED.died],
    ['endless_line', /^200 GOT None/],
    ['second_greeting', DENIED.died],
  ])('%s: its memory', async (name, denied) => {
    expect(await attempt(name)).toMatch(denied)
    expect(await ping(running)).toBe("200 GOT 'pong'")
  })

  test.each(['endless_files', 'endless_arrays'])(
    '%s: its memory outside of WebAssembly, and its process',
    async (name) => {
      expect(await attempt(name, '', impatient)).toMatch(
        /^(50[04] |200 DENIED (ConversionError|MemoryError|JsException))/,
      )
      expect(await ping(impatient)).toBe("200 GOT 'pong'")
    },
  )
})

test('bytes that the client has not asked for are not kept for it', async () => {
  const replaced = () => lines.filter((text) => text.endsWith('bytes that nobody asked for')).length
  const client = connect(Number(new URL(`${running.http}`).port), '127.0.0.1').pause()
  client.write('GET /endless_chunks HTTP/1.1\r\nHost: x\r\n\r\n')
  await vi.waitUntil(() => replaced() === 1, 120_000)
  client.destroy()
  expect(await attempt('ping')).toBe("200 GOT 'pong'")
})

describe('what has the form of events', () => {
  test('in any order, costs nobody else anything', async () => {
    for (let seed = 0; seed < 40; seed++) await attempt('any_events', `${seed}`).catch(() => undefined)
    expect(await attempt('ping')).toBe("200 GOT 'pong'")
  })

  test.each([
    ['long_name', ''],
    ['many_sources', '50000'],
  ])('%s: names of files that are none', async (name, query) => {
    expect(await attempt(name, query)).toMatch(/^200 GOT 'named'/)
    expect(await attempt('ping')).toBe("200 GOT 'pong'")
  })
})

test('a file outside that is said to be the application’s is not shown as its source', async () => {
  expect(await attempt('forged_source', secret)).toBe("200 GOT 'forged'")
  expect(lines.join('\n')).not.toContain(SECRET)
  expect(JSON.stringify(running.log.snapshot())).not.toContain(SECRET)
})
