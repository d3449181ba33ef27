/** The command in processes of their own, for tests of what only a process has: standard streams, signals, exit codes. */
import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, onTestFinished } from 'vitest'
import * as z from 'zod'
import { APPS_FOLDER } from '../folders.ts'
import { until } from './harness.ts'

const CLI = fileURLToPath(new URL('../cli.ts', import.meta.url))

export interface Command {
  child: ChildProcess
  cwd: string
  readonly stdout: string
  readonly stderr: string
  readonly exit: { code: number | null; signal: string | null } | null
}

interface Surroundings {
  cwd?: string
  env?: object
  /** File descriptors in place of pipes that are read: then the command's text is empty. */
  streams?: [stdout: number | 'pipe', stderr: number | 'pipe']
}

/** The command in a process of its own, which does not outlive the test. */
export function wsgiscope(
  argv: string[],
  { cwd = APPS_FOLDER, env = {}, streams = ['pipe', 'pipe'] }: Surroundings = {},
): Command {
  const own = { PATH: process.env.PATH, HOME: process.env.HOME, ...env }
  const tsx = import.meta.resolve('tsx')
  const child = spawn(process.execPath, ['--import', tsx, CLI, ...argv], {
    cwd,
    env: own,
    stdio: ['ignore', ...streams],
  })
  const out: Buffer[] = []
  const err: Buffer[] = []
  let exit: Command['exit'] = null
  child.stdout?.on('data', (data: Buffer) => out.push(data))
  child.stderr?.on('data', (data: Buffer) => err.push(data))
  child.on('close', (code, signal) => {
    exit = { code, signal }
  })
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await until(() => exit)
  })
  return {
    child,
    cwd,
    get stdout() {
      return Buffer.concat(out).toString()
    },
    get stderr() {
      return Buffer.concat(err).toString()
    },
    get exit() {
      return exit
    },
  }
}

const Ready = z.object({
  event: z.literal('ready'),
  http: z.url(),
  uwsgi: z.null(),
  ui: z.url().nullable(),
  presenter: z.null(),
  pid: z.int(),
  run: z.string(),
})

/** Started with --json on free ports, and ready. */
export async function ready(argv: string[], surroundings: Surroundings = {}) {
  const command = wsgiscope(['--json', '--port', '0', '--ui-port', '0', ...argv], surroundings)
  await until(() => command.stdout.includes('\n') || command.exit)
  expect(command.stderr).not.toMatch(/^wsgiscope: /m)
  const line = Ready.parse(JSON.parse(command.stdout))
  return { command, line, port: Number(new URL(line.http).port) }
}

export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'edges-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}
