/** The servers that are compared. All say hello; the Python ones run the same file. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { installed } from './load.ts'
import { accepting, firstLine, freePort, type Program, ROOT, script, startProgram } from './processes.ts'

export interface Contestant {
  name: string
  /** Starts it; resolves to its port when it accepts connections. */
  start: () => Promise<number>
}

const Listening = z.object({ port: z.int() })
const Ready = z.object({ http: z.string(), ui: z.string().nullable() })

const BUILT = join(ROOT, 'dist', 'server', 'cli.js')
const COMMAND = existsSync(BUILT) ? [BUILT] : ['--import', import.meta.resolve('tsx'), join(ROOT, 'server', 'cli.ts')]
/** The interpreter that Debian's gunicorn and uWSGI use. */
const PYTHON = existsSync('/usr/bin/python3') ? ['--python', '/usr/bin/python3'] : []
const APPS = join(ROOT, 'shared', 'apps')

const node = (name: string) => async (): Promise<number> =>
  Listening.parse(JSON.parse(await firstLine(startProgram(process.execPath, script(name))))).port

/** This gateway; `watched`: with a client that reads /live all the while. */
const gateway = (args: readonly string[], watched: boolean) => async (): Promise<number> => {
  const own = ['--json', '--no-open', '--port', '0', '--ui-port', '0', ...(watched ? [] : ['--no-ui'])]
  const line = await firstLine(startProgram(process.execPath, [...COMMAND, ...args, ...own]))
  const { http, ui } = Ready.parse(JSON.parse(line))
  if (watched) await firstLine(startProgram(process.execPath, [...script('viewer.ts'), ui ?? '']))
  return Number(new URL(http).port)
}

const other = (program: string, args: (port: number) => string[]) => async (): Promise<number> => {
  const port = await freePort()
  const started: Program = startProgram(program, args(port))
  await accepting(port, started)
  return port
}

const INLINE = [`${join(APPS, 'hello.ts')}:app`]
const IN_PYTHON = [`${join(APPS, 'hello.py')}:app`, ...PYTHON]

/** What everything is relative to. */
export const BASELINE = 'node:http'

export const CONTESTANTS: readonly Contestant[] = [
  { name: 'node:net, fixed reply', start: node('bareNet.ts') },
  { name: BASELINE, start: node('nodeHttp.ts') },
  { name: 'wsgiscope, inline', start: gateway(INLINE, false) },
  { name: 'wsgiscope, inline, watched', start: gateway(INLINE, true) },
  { name: 'wsgiscope, Python', start: gateway(IN_PYTHON, false) },
  { name: 'wsgiscope, Python, watched', start: gateway(IN_PYTHON, true) },
  ...(installed('gunicorn')
    ? [
        {
          name: 'gunicorn (sync, 1 worker)',
          start: other('gunicorn', (port) => ['-w', '1', '-b', `127.0.0.1:${port}`, '--chdir', APPS, 'hello:app']),
        },
      ]
    : []),
  ...(installed('uwsgi-core')
    ? [
        {
          name: 'uWSGI (1 process)',
          start: other('uwsgi-core', (port) => [
            ...['--plugin', 'python3', '--http-socket', `127.0.0.1:${port}`, '--die-on-term', '--disable-logging'],
            ...['--chdir', APPS, '--wsgi-file', 'hello.py', '--callable', 'app', '--processes', '1'],
          ]),
        },
      ]
    : []),
]
