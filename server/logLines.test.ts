/** Lines of the log: when they were written, and of which request they are. */

import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { checkOrder } from '../shared/testing/checkOrder.ts'
import { readTrace } from '../shared/trace/file.ts'
import { eventsOfKind } from '../shared/trace/query.ts'
import { wsgiscope } from './testing/command.ts'
import { openClient, until } from './testing/harness.ts'

const APP = `
import concurrent.futures, logging, os, sys, threading, time

logging.basicConfig(stream=sys.stderr, format='%(message)s')
HERE = os.path.dirname(os.path.abspath(__file__))
pool = concurrent.futures.ThreadPoolExecutor(1)
asked = threading.Event()

def say_at_import():
    asked.wait()
    print('from a thread that is older than any request', flush=True)
    done.set()

done = threading.Event()
threading.Thread(target=say_at_import, daemon=True).start()

def wait_for(name):
    while not os.path.exists(os.path.join(HERE, name)):
        time.sleep(0.005)

def nested():
    print('from a thread of a thread')

def late():
    inner = threading.Thread(target=nested)
    inner.start()
    inner.join()
    print('from a thread, meanwhile')
    started.set()
    wait_for('go')
    print('from a thread, later')

started = threading.Event()

def app(environ, start_response):
    if environ['PATH_INFO'] == '/lines':
        print('printed')
        environ['wsgi.errors'].write('to wsgi.errors\\n')
        logging.getLogger('framework').warning('by logging')
        os.write(2, b'past sys.stderr\\n')
        threading.Thread(target=late).start()
        started.wait()
        wait_for('seen')
    elif environ['PATH_INFO'] == '/others':
        asked.set()
        done.wait()
        pool.submit(print, 'from a pool').result()
    elif environ['PATH_INFO'] == '/raises':
        raise ValueError('raised')
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'ok']
`

const TIME = String.raw`\d\d:\d\d:\d\d\.\d{3}`

describe('a line of the log', () => {
  test('has its time and its request, whoever wrote it, as far as that can be known', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'logs.py'), APP)
    const trace = join(folder, 'trace.ndjson')
    const argv = ['logs.py', '--port', '0', '--no-ui', '--json', '--trace', trace]
    const command = wsgiscope(argv, { cwd: folder })
    await until(() => command.stdout.includes('\n'))
    const port = Number(/"http":"http:\/\/[^"]*:(\d+)"/.exec(command.stdout)?.[1])
    for (const path of ['/', '/lines', '/others', '/raises']) {
      const client = await openClient(port)
      client.send(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      if (path === '/lines') {
        // Not over the channel, so that only the request that is under way can be meant.
        await until(() => command.stderr.includes('past sys.stderr'))
        writeFileSync(join(folder, 'seen'), '')
      }
      await client.ended
    }
    writeFileSync(join(folder, 'go'), '')
    await until(() => command.stderr.includes('from a thread, later'))
    command.child.kill('SIGINT')
    await until(() => command.exit)

    const lines = command.stderr.split('\n')
    const written = (text: string) => lines.find((line) => line.includes(text))
    for (const [text, source] of [
      ['printed', 'stdout'],
      ['to wsgi.errors', 'wsgi.errors'],
      ['by logging', 'stderr'],
      ['past sys.stderr', 'stderr'],
      ['from a thread, meanwhile', 'stdout'],
      ['from a thread of a thread', 'stdout'],
      ['from a thread, later', 'stdout'],
    ] as const) {
      expect(written(text)).toMatch(new RegExp(`^${TIME} #2 ${source} \\| ${text}$`))
    }
    expect(written('older than any request')).toMatch(new RegExp(`^${TIME} stdout \\| `))
    expect(written('from a pool')).toMatch(new RegExp(`^${TIME} stdout \\| `))
    expect(written('ValueError: raised')).toMatch(new RegExp(`^${TIME} #4 stderr \\| `))
    expect(written('is ready')).toMatch(new RegExp(`^${TIME} wsgiscope: worker 1 `))

    const { events } = readTrace(readFileSync(trace, 'utf8'))
    checkOrder(events)
    const logged = eventsOfKind(events, 'log.line')
    const exchangeOf = (text: string) => logged.find((line) => line.text.includes(text))?.exchange
    for (const text of ['printed', 'by logging', 'from a thread, meanwhile', 'from a thread, later']) {
      expect(exchangeOf(text)).toBe(2)
    }
    expect(exchangeOf('older than any request')).toBeNull()
    expect(exchangeOf('from a pool')).toBeNull()
  })

  test('has them also where nothing is recorded', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    writeFileSync(join(folder, 'logs.py'), APP)
    const command = wsgiscope(['logs.py', '--port', '0', '--no-ui', '--json'], { cwd: folder })
    await until(() => command.stdout.includes('\n'))
    const port = Number(/"http":"http:\/\/[^"]*:(\d+)"/.exec(command.stdout)?.[1])
    for (const path of ['/', '/raises']) {
      const client = await openClient(port)
      client.send(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
      await client.ended
    }
    await until(() => command.stderr.includes('ValueError: raised'))
    expect(command.stderr).toMatch(new RegExp(`^${TIME} #2 stderr \\| ValueError: raised$`, 'm'))
  })
})
