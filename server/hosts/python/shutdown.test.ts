/** What still runs in a worker when it is to end: it comes to its end, or it is said that it did not. */
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { HostOptions } from '../../../shared/gateway/host.ts'
import { until } from '../../testing/harness.ts'
import { createHost } from '../createHost.ts'
import { callHost, hostOptions } from '../testing/callHost.ts'

/** Longer than anybody waited before. */
const LONG = 2.5

const ENDS = `
import atexit, multiprocessing, os, threading, time

HERE = os.path.dirname(os.path.abspath(__file__))

def done(what):
    time.sleep(${LONG})
    open(os.path.join(HERE, what), 'w').close()
    print(what, 'is done', flush=True)

def app(environ, start_response):
    what = environ['PATH_INFO'][1:]
    if what == 'atexit':
        atexit.register(done, what)
    elif what == 'thread':
        threading.Thread(target=done, args=(what,)).start()
    elif what == 'process':
        multiprocessing.get_context('fork').Process(target=done, args=(what,)).start()
    elif what == 'stuck':
        threading.Thread(target=threading.Event().wait).start()
    elif what == 'request':
        threading.Event().wait()
    start_response('200 OK', [])
    return []
`

const EMBEDDED = `
import atexit
atexit.register(print, 'atexit ran')

def app(environ, start_response):
    start_response('200 OK', [])
    return []
`

async function startHost(source: string, changes: Partial<HostOptions> = {}, python = 'python3') {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'ends.py')
  writeFileSync(file, source)
  const cut: string[] = []
  const { options, heard } = hostOptions({ onCut: (what) => cut.push(what), ...changes })
  const host = await createHost('ends.py', { cwd: folder, env: { PATH: process.env.PATH }, python, ...options })
  onTestFinished(() => host.close(1))
  const ask = (path: string) => callHost(host, { environ: { PATH_INFO: path } })
  return { host, folder, file, cut, ask, log: () => heard.log.map(({ text }) => text) }
}

describe('a worker that is to end', () => {
  test.concurrent.each(['atexit', 'thread', 'process'])('waits for its %s, and says so', async (what) => {
    const { host, folder, cut, ask, log } = await startHost(ENDS)
    await ask(`/${what}`).over
    await host.close()
    expect(existsSync(join(folder, what))).toBe(true)
    expect(log()).toContain(`${what} is done`)
    expect(log()).toContainEqual(
      expect.stringMatching(/^worker 1 waits for its atexit handlers, threads or child processes to end, 29 s more/),
    )
    expect(cut).toEqual([])
  })

  test.each([
    ['a thread that never ends', '/stuck', /^worker 1 \(pid \d+\) was killed: its atexit handlers, threads or child/],
    ['a request that never ends', '/request', /^worker 1 \(pid \d+\) was killed: its request had not ended/],
  ])('is killed after its time for %s, which is said', async (_, path, said) => {
    const { host, cut, ask, log } = await startHost(ENDS)
    const asked = ask(path)
    await (path === '/request' ? asked.reported('called') : asked.over)
    await host.close(200)
    expect(cut).toEqual([expect.stringMatching(said)])
    expect(log()).toContain(cut[0])
  })

  test('is not hurried by a new version of the application either', async () => {
    const reloads: unknown[] = []
    const { host, folder, file, cut, ask, log } = await startHost(ENDS, { onReload: (reload) => reloads.push(reload) })
    await ask('/atexit').over
    writeFileSync(file, `${ENDS}\n# changed\n`)
    await until(() => reloads.length === 1)
    expect(existsSync(join(folder, 'atexit'))).toBe(false)
    await ask('/').over
    await until(() => existsSync(join(folder, 'atexit')))
    await until(() => log().includes('atexit is done'))
    await host.close()
    expect(cut).toEqual([])
  })

  test('runs its atexit handlers in embedded Python too', async () => {
    const { host, log, cut } = await startHost(EMBEDDED, {}, 'embedded')
    await host.close()
    expect(log()).toContain('atexit ran')
    expect(cut).toEqual([])
  })
})
