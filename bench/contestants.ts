/** The servers that are compared. All give the same answers; the Python ones run the same file in the same interpreter. */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { installed } from './load.ts'
import { accepting, firstLine, freePort, ROOT, script, startProgram } from './processes.ts'

export interface Started {
  port: number
  /** The root of the server's processes. */
  pid: number
}

export interface Contestant {
  name: string
  /** Starts it; resolves when it accepts connections. */
  start: () => Promise<Started>
}

export const NAMES = {
  net: 'node:net, fixed reply',
  http: 'node:http',
  inline: 'wsgiscope, inline',
  inlineWatched: 'wsgiscope, inline, watched',
  inlineRecording: 'wsgiscope, inline, recording',
  python: 'wsgiscope, Python',
  pythonWatched: 'wsgiscope, Python, watched',
  pythonRecording: 'wsgiscope, Python, recording',
  embedded: 'wsgiscope, embedded',
  embeddedWatched: 'wsgiscope, embedded, watched',
  gunicornSync: 'gunicorn (sync, 1 worker)',
  gunicornThreads: 'gunicorn (gthread, 1 worker)',
  uwsgi: 'uWSGI (--http-socket)',
  uwsgiKept: 'uWSGI (--http11-socket)',
  waitress: 'waitress',
  wsgiref: 'wsgiref',
} as const

const Listening = z.object({ port: z.int() })
const Ready = z.object({ http: z.string(), ui: z.string().nullable() })

/** The interpreter that Debian's servers use; elsewhere the first on the path. */
export const PYTHON = existsSync('/usr/bin/python3') ? '/usr/bin/python3' : 'python3'
const BENCH = join(ROOT, 'bench')
const TYPESCRIPT_APP = `${join(BENCH, 'application.ts')}:app`
export const PYTHON_APP = `${join(BENCH, 'application.py')}:app`

const pidOf = ({ pid }: { pid?: number | undefined }): number => pid ?? 0

const node =
  (name: string): Contestant['start'] =>
  async () => {
    const program = startProgram(process.execPath, script(name))
    const { port } = Listening.parse(JSON.parse(await firstLine(program)))
    return { port, pid: pidOf(program.child) }
  }

/** Somebody who reads /live all the while. */
export async function watch(ui: string | null): Promise<void> {
  await firstLine(startProgram(process.execPath, [...script('viewer.ts'), ui ?? '']))
}

/** This gateway; `command` is its compiled cli. */
const gateway =
  (command: string, words: readonly string[], watched = false): Contestant['start'] =>
  async () => {
    const own = ['--json', '--no-open', '--port', '0', '--ui-port', '0', ...(watched ? [] : ['--no-ui'])]
    const program = startProgram(process.execPath, [command, ...words, ...own])
    const { http, ui } = Ready.parse(JSON.parse(await firstLine(program)))
    if (watched) await watch(ui)
    return { port: Number(new URL(http).port), pid: pidOf(program.child) }
  }

const other =
  (program: string, args: (port: number) => string[]): Contestant['start'] =>
  async () => {
    const port = await freePort()
    const started = startProgram(program, args(port))
    await accepting(port, started)
    return { port, pid: pidOf(started.child) }
  }

const python = (args: (port: number) => string[]): Contestant['start'] => other(PYTHON, args)
const inBench = (port: number): string[] => ['-b', `127.0.0.1:${port}`, '--chdir', BENCH, 'application:app']

/** uWSGI with one process; `socket` is its option that says what it speaks. */
export const uwsgi = (socket: string): Contestant['start'] =>
  other(UWSGI, (port) => [
    // Debian's has Python as a plugin, pip's has it built in.
    ...(UWSGI === 'uwsgi-core' ? ['--plugin', 'python3'] : []),
    ...[socket, `127.0.0.1:${port}`, '--listen', '1024', '--die-on-term', '--disable-logging'],
    ...['--chdir', BENCH, '--wsgi-file', 'application.py', '--callable', 'app', '--processes', '1'],
  ])
export const UWSGI = installed('uwsgi-core') ? 'uwsgi-core' : 'uwsgi'

/** Those that this machine has, and the names of those that it has not. */
export function pythonServers(): { there: Contestant[]; missing: string[] } {
  const imports = (module: string): boolean => spawnSync(PYTHON, ['-c', `import ${module}`]).status === 0
  const all: readonly (Contestant & { has: () => boolean })[] = [
    {
      name: NAMES.gunicornSync,
      has: () => imports('gunicorn'),
      start: python((port) => ['-m', 'gunicorn', '-w', '1', ...inBench(port)]),
    },
    {
      name: NAMES.gunicornThreads,
      has: () => imports('gunicorn'),
      start: python((port) => ['-m', 'gunicorn', '-w', '1', '-k', 'gthread', '--threads', '4', ...inBench(port)]),
    },
    { name: NAMES.uwsgi, has: () => installed(UWSGI), start: uwsgi('--http-socket') },
    { name: NAMES.uwsgiKept, has: () => installed(UWSGI), start: uwsgi('--http11-socket') },
    {
      name: NAMES.waitress,
      has: () => imports('waitress'),
      start: python((port) => {
        const listen = ['--listen', `127.0.0.1:${port}`, '--connection-limit', '1000']
        return ['-c', 'import sys; sys.path.insert(0, sys.argv.pop(1)); import waitress.runner as r; r.run()', BENCH]
          .concat(listen)
          .concat('application:app')
      }),
    },
    { name: NAMES.wsgiref, has: () => true, start: python((port) => [join(BENCH, 'wsgirefServer.py'), `${port}`]) },
  ]
  return {
    there: all.filter(({ has }) => has()),
    missing: all.filter(({ has }) => !has()).map(({ name }) => name),
  }
}

/** Where a recording goes, and how it is removed. */
export function recordingFile(): { file: string; remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), 'bench-'))
  return { file: join(folder, 'trace.ndjson'), remove: () => rmSync(folder, { recursive: true, force: true }) }
}

export const bareNet: Contestant = { name: NAMES.net, start: node('bareNet.ts') }

/** node:http, and this gateway in its ways of running. */
export function nodeServers(command: string, recording: string): Contestant[] {
  const inProcess = [PYTHON_APP, '--python', PYTHON]
  const embedded = [PYTHON_APP, '--python', 'embedded']
  return [
    { name: NAMES.http, start: node('nodeHttp.ts') },
    { name: NAMES.inline, start: gateway(command, [TYPESCRIPT_APP]) },
    { name: NAMES.inlineWatched, start: gateway(command, [TYPESCRIPT_APP], true) },
    { name: NAMES.inlineRecording, start: gateway(command, [TYPESCRIPT_APP, '--trace', recording]) },
    { name: NAMES.python, start: gateway(command, inProcess) },
    { name: NAMES.pythonWatched, start: gateway(command, inProcess, true) },
    { name: NAMES.pythonRecording, start: gateway(command, [...inProcess, '--trace', recording]) },
    { name: NAMES.embedded, start: gateway(command, embedded) },
    { name: NAMES.embeddedWatched, start: gateway(command, embedded, true) },
  ]
}
