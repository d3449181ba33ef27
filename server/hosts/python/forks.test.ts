/** Applications that fork, once and twice: the channel stays the worker's, and nothing of the server's own is printed. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, onTestFinished, test } from 'vitest'
import { LoadError } from '../../../shared/gateway/host.ts'
import { until } from '../../testing/harness.ts'
import { createHost } from '../createHost.ts'
import { callHost, hostOptions, type Transcript } from '../testing/callHost.ts'

const FIXTURES = fileURLToPath(new URL('../testing/fixtures', import.meta.url))

/** What `python3` itself prints of a hook or a thread that fails, and the frames of the server's files. */
const SERVERS_OWN = /wsgiscope_|Exception ignored|Fatal Python/

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'forks-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

async function start(spec: string, cwd: string) {
  const { options, heard } = hostOptions()
  const host = await createHost(spec, { cwd, env: process.env, ...options })
  onTestFinished(() => host.close())
  const ask = (path: string, query = '', trace = false) =>
    callHost(host, { environ: { PATH_INFO: path, QUERY_STRING: query }, trace })
  return { ask, heard }
}

const bodyOf = (call: Transcript): string =>
  call.events.map((event) => (event.kind === 'chunk' ? Buffer.from(event.data).toString() : '')).join('')

const linesOf = (call: Transcript): string[] =>
  call.events.flatMap((event) => (event.kind === 'logged' ? [event.text] : []))

/** Also a zombie, of which nobody has asked for its exit code. */
const hasEnded = (pid: number): boolean =>
  !existsSync(`/proc/${pid}`) || / Z /.test(readFileSync(`/proc/${pid}/stat`, 'latin1'))

/** The fork that wrote its process id there has ended. */
const endOf = (file: string) => until(() => existsSync(file) && hasEnded(Number(readFileSync(file, 'utf8'))))

const NOTHING = /^$/
const COMES_BACK =
  /^process \d+, which the application forked, came back to the server and ends here: os\._exit\(\) ends a fork$/
const RAISES = /^Traceback .*\n(?:.*\n)*LookupError: nothing found$/

describe.runIf(existsSync('/proc/self'))('an application that forks', () => {
  test.each([
    ['grandchild_works', /^\d+$/, NOTHING],
    ['grandchild_returns', /^\d+$/, NOTHING],
    ['child_exits', /^\d+$/, NOTHING],
    ['child_raises', /^ended with 1$/, RAISES],
    ['nested_processes', /^\d+$/, NOTHING],
    ['forks_between_chunks', /^before after$/, COMES_BACK],
    ['forks_in_close', /^closes$/, COMES_BACK],
    ['prints_before', /^\d+$/, /^half a line$/],
  ])(
    'and %s: the worker answers this and the next request, and prints nothing of its own',
    async (path, body, printed) => {
      const { ask, heard } = await start('forks.py:app', FIXTURES)
      const file = join(newFolder(), 'done')
      for (const trace of [false, true]) {
        heard.log.length = 0
        const call = ask(`/${path}`, file, trace)
        await call.over
        await endOf(file)
        expect(bodyOf(call)).toMatch(body)
        expect(call.events.at(-1)).toEqual({ kind: 'closed' })
        const next = ask('/hello')
        await next.over
        const said = () => [...linesOf(call), ...linesOf(next), ...heard.log.map(({ text }) => text)].join('\n')
        await until(() => printed.test(said()) || SERVERS_OWN.test(said()))
        expect(said()).toMatch(printed)
        expect(bodyOf(next)).toMatch(/^\d+$/)
        rmSync(file)
      }
    },
  )

  test('and becomes a daemon in a request has ended its worker: that is said, and the next request has another', async () => {
    const { ask, heard } = await start('forks.py:app', FIXTURES)
    const file = join(newFolder(), 'done')
    const call = ask('/daemonizes', file)
    await call.over
    expect(call.events.at(-1)).toMatchObject({ kind: 'died', status: 500 })
    await endOf(file)
    const next = ask('/hello')
    await next.over
    expect(bodyOf(next)).toMatch(/^\d+$/)
    expect([...linesOf(call), ...heard.log.map(({ text }) => text)].join('\n')).not.toMatch(SERVERS_OWN)
  })

  test.each(['os._exit(0)', 'sys.exit(0)', 'sys.exit()'])(
    'and becomes a daemon while it is imported, its parent by %s, cannot be served: that is said at once',
    async (exit) => {
      const cwd = newFolder()
      const file = join(cwd, 'done')
      const code = [
        'import os, sys',
        `if os.fork() > 0: ${exit}`,
        'os.setsid()',
        `if os.fork() > 0: ${exit}`,
        'here = os.path.dirname(__file__)',
        "with open(os.path.join(here, 'part'), 'w') as part: part.write(str(os.getpid()))",
        "os.rename(os.path.join(here, 'part'), os.path.join(here, 'done'))",
        'def app(environ, start_response): return []',
      ]
      writeFileSync(join(cwd, 'daemon.py'), code.join('\n'))
      const failure = await start('daemon.py:app', cwd).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(LoadError)
      expect(failure).toMatchObject({
        message: expect.stringMatching(exit.startsWith('os') ? /exited with code 0/ : /SystemExit/),
      })
      expect(JSON.stringify(failure)).not.toMatch(SERVERS_OWN)
      await endOf(file)
    },
  )
})
