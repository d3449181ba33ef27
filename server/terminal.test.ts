/** breakpoint(), pdb and input(): at a real terminal, and where there is none. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { createHost } from './hosts/createHost.ts'
import { callHost, hostOptions } from './hosts/testing/callHost.ts'
import { until } from './testing/harness.ts'

const CLI = fileURLToPath(new URL('./cli.ts', import.meta.url))

const ASKS = `
import sys

def app(environ, start_response):
    path, said = environ['PATH_INFO'], 'nothing'
    if path == '/input':
        print('before it asks')
        said = input('Your \\x1b[2Jname? ')
    elif path == '/readline':
        said = sys.stdin.readline().strip()
    elif path == '/read':
        said = sys.stdin.read()
    elif path == '/breakpoint':
        breakpoint()
        said = 'went on'
    elif path == '/pdb':
        import pdb; pdb.set_trace()
        said = 'went on'
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [said.encode()]
`

/** A pseudo-terminal around a command; what is typed is written to its standard input. */
const PTY = 'import pty, sys; sys.exit(pty.spawn(sys.argv[1:]) >> 8)'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  writeFileSync(join(folder, 'asks.py'), ASKS)
  return () => rmSync(folder, { recursive: true, force: true })
})

class Terminal {
  readonly child: ChildProcess
  /** What is on the screen, and has not been expected yet. */
  screen = ''
  ended = false

  constructor(argv: string[]) {
    const command = [process.execPath, '--import', import.meta.resolve('tsx'), CLI, ...argv]
    const env = { PATH: process.env.PATH, HOME: process.env.HOME }
    this.child = spawn('python3', ['-c', PTY, ...command], { cwd: folder, env, stdio: ['pipe', 'pipe', 'inherit'] })
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.screen += text
    })
    this.child.once('close', () => {
      this.ended = true
    })
    onTestFinished(async () => {
      this.type('\x03')
      await until(() => this.ended)
    })
  }

  /** What stands on the screen up to and with `text`. */
  async shows(text: string): Promise<string> {
    const at = await until(() => {
      const found = this.screen.indexOf(text)
      return found === -1 ? null : { end: found + text.length }
    })
    const shown = this.screen.slice(0, at.end)
    this.screen = this.screen.slice(at.end)
    return shown
  }

  type(text: string): void {
    this.child.stdin?.write(text)
  }
}

async function atTerminal(...argv: string[]) {
  const terminal = new Terminal(['asks.py', '--port', '0', '--no-ui', '--json', ...argv])
  const ready = await terminal.shows('}\r\n')
  const http = /"http":"([^"]+)"/.exec(ready)?.[1] ?? ''
  const ask = async (path: string) => {
    const response = await fetch(http + path)
    return `${response.status} ${await response.text()}`
  }
  return { terminal, ask }
}

describe('at a terminal', () => {
  test('input() shows its prompt below what was printed before, and waits as long as the person likes', async () => {
    const { terminal, ask } = await atTerminal('--app-timeout', '1')
    const asked = performance.now()
    const answer = ask('/input')
    const shown = await terminal.shows('name? ')
    expect(shown.indexOf('before it asks')).toBeGreaterThanOrEqual(0)
    // The prompt is the application's text: it may not clear the screen.
    expect(shown).toContain('Your \\x1b[2Jname? ')
    await until(() => performance.now() - asked > 3000)
    terminal.type('Ada\n')
    expect(await answer).toBe('200 Ada')
    const next = ask('/readline')
    await until(() => performance.now() - asked > 4000)
    terminal.type('Grace\n')
    expect(await next).toBe('200 Grace')
  })

  test.each(['/breakpoint', '/pdb'])('%s stops in the application, step by step', async (path) => {
    const { terminal, ask } = await atTerminal()
    const answer = ask(path)
    expect(await terminal.shows('(Pdb) ')).toContain("-> said = 'went on'")
    terminal.type('p path\n')
    expect(await terminal.shows('(Pdb) ')).toContain(`'${path}'`)
    terminal.type('s\n')
    expect(await terminal.shows('(Pdb) ')).toContain("-> start_response('200 OK'")
    terminal.type('c\n')
    expect(await answer).toBe('200 went on')
  })

  test.each(['/breakpoint', '/input'])('Ctrl-C while %s waits is for the server, which ends', async (path) => {
    const { terminal, ask } = await atTerminal()
    const answer = ask(path)
    await terminal.shows(path === '/input' ? 'name? ' : '(Pdb) ')
    terminal.type('\x03')
    expect(await answer).toMatch(/^500 /)
    await until(() => terminal.ended)
  })

  test('several workers cannot share it, which is said', async () => {
    const { terminal, ask } = await atTerminal('--workers', '2')
    expect(await ask('/breakpoint')).toMatch(/^500 /)
    await terminal.shows('2 workers cannot share the terminal, start it with --workers 1')
  })
})

describe.each([
  ['python3', 'wsgiscope was not started from a terminal'],
  ['embedded', 'embedded Python has no terminal, a python3 has (--python PATH)'],
])('without a terminal, in %s', (python, why) => {
  test('who asks hears in one line why nobody answers', async () => {
    const { options } = hostOptions()
    const host = await createHost('asks.py', { cwd: folder, env: { PATH: process.env.PATH }, python, ...options })
    onTestFinished(() => host.close())
    for (const path of ['/input', '/readline', '/breakpoint', '/pdb']) {
      const asked = callHost(host, { environ: { PATH_INFO: path } })
      await asked.over
      expect(asked.events.find((event) => event.kind === 'raised')).toMatchObject({
        type: 'RuntimeError',
        message: `nobody can be asked here (breakpoint(), pdb, input()): ${why}`,
      })
    }
    const asked = callHost(host, { environ: { PATH_INFO: '/read' } })
    await asked.over
    expect(asked.events).toContainEqual({ kind: 'logged', source: 'stderr', text: `sys.stdin is empty: ${why}` })
    expect(asked.events.at(-1)).toEqual({ kind: 'closed' })
    expect(asked.events.some(({ kind }) => kind === 'raised')).toBe(false)
  })
})
