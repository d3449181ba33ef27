/** wsgiscope's own command, started and ended by tests: its built form where there is one, else its sources. */
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import * as z from 'zod'

export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** The sample applications that come with wsgiscope. */
export const sample = (name: string): string => join(ROOT, 'shared', 'apps', name)

const BUILT = join(ROOT, 'dist', 'server', 'cli.js')

/** What Node is given to run the command. */
const COMMAND = existsSync(BUILT) ? [BUILT] : ['--import', import.meta.resolve('tsx'), join(ROOT, 'server', 'cli.ts')]

const Ready = z.object({
  event: z.literal('ready'),
  http: z.string().nullable(),
  uwsgi: z.string().nullable(),
  ui: z.string().nullable(),
  pid: z.int(),
  run: z.string().min(1),
})

/** npm and npx say in the environment where the person stands: here, nobody stands anywhere but in `cwd`. */
const ENVIRONMENT = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => name !== 'INIT_CWD' && !name.startsWith('npm_')),
)

export interface StartOptions {
  /** `path/to/file.py:app`; the built-in hello where it is left out. */
  app?: string
  /** As a tap, in front of this port of this machine. */
  tap?: number
  /** 0, a free one, unless a server has to come back where it was. */
  port?: number
  uiPort?: number
  args?: readonly string[]
  /** Where the person stands. */
  cwd?: string
  env?: NodeJS.ProcessEnv
  /** Another way to the same command: a program and what comes before the command's own arguments. */
  command?: readonly [string, ...string[]]
}

export interface RunningServer {
  readonly pid: number
  readonly run: string
  readonly host: string
  readonly port: number
  /** `http://127.0.0.1:40123`, without a slash. */
  readonly http: string
  /** As nginx takes it behind uwsgi_pass; null where it was not asked for. */
  readonly uwsgi: string | null
  readonly ui: string
  readonly uiPort: number
  /** All that it has written so far. */
  readonly stdout: () => string
  readonly stderr: () => string
  /** As Ctrl-C does; resolves to the exit code when it has ended. Once is enough, twice does no harm. */
  stop(): Promise<number | null>
}

/** Resolves when it says that it is ready; rejects with what it wrote if it ends before. */
export async function startServer(options: StartOptions = {}): Promise<RunningServer> {
  const { app, port = 0, uiPort = 0, args = [], cwd = ROOT, env = ENVIRONMENT } = options
  const [program, ...before] = options.command ?? [process.execPath, ...COMMAND]
  const what =
    options.tap === undefined
      ? [...(app === undefined ? [] : [app]), '--port']
      : ['tap', '--to', `${options.tap}`, '--listen']
  const own = [...what, `${port}`, '--json', '--no-open']
  const child = spawn(program, [...before, ...own, '--ui-port', `${uiPort}`, ...args], {
    cwd,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const written = { stdout: '', stderr: '' }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    written.stdout += text
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written.stderr += text
  })
  const exit = exitOf(child)
  const line = await Promise.race([firstLine(child), exit.then(() => null)])
  if (line === null) throw new Error(`the server ended before it was ready:\n${written.stderr}${written.stdout}`)
  const ready = Ready.parse(JSON.parse(line))
  // What speaks no HTTP is asked for none.
  const http = new URL(ready.http ?? 'http://127.0.0.1:0')
  return {
    pid: ready.pid,
    run: ready.run,
    host: http.hostname,
    port: Number(http.port),
    http: http.origin,
    uwsgi: ready.uwsgi,
    ui: ready.ui ?? '',
    uiPort: ready.ui === null ? 0 : Number(new URL(ready.ui).port),
    stdout: () => written.stdout,
    stderr: () => written.stderr,
    async stop() {
      // Under npm, the process that was started is not the one that serves.
      if (child.exitCode === null && child.signalCode === null) process.kill(ready.pid, 'SIGINT')
      return await exit
    },
  }
}

function firstLine(child: ChildProcess): Promise<string | null> {
  const { stdout } = child
  if (stdout === null) return Promise.resolve(null)
  return new Promise((resolve) => {
    const lines = createInterface({ input: stdout })
    lines.once('line', resolve)
    lines.once('close', () => resolve(null))
  })
}

function exitOf(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => resolve(code))
  })
}

export interface Finished {
  code: number | null
  stdout: Buffer
  stderr: string
}

/** Runs a program to its end. */
export async function runProgram(
  program: string,
  args: readonly string[],
  options: { cwd?: string; env?: NodeJS.ProcessEnv; input?: Uint8Array } = {},
): Promise<Finished> {
  const { cwd = ROOT, env = ENVIRONMENT, input } = options
  const child = spawn(program, args, { cwd, env, stdio: [input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'] })
  const stdout: Buffer[] = []
  let stderr = ''
  child.stdout?.on('data', (data: Buffer) => stdout.push(data))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text
  })
  child.stdin?.end(input)
  const code = await exitOf(child)
  return { code, stdout: Buffer.concat(stdout), stderr }
}

/** Runs the command to its end, for command lines that do not lead to a server. */
export function runCommand(args: readonly string[], cwd: string): Promise<Finished> {
  return runProgram(process.execPath, [...COMMAND, ...args], { cwd })
}
