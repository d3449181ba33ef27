/** The command, in a process of its own, and what the system says of its memory. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod'
import { firstLine, type Program, ROOT, startProgram } from './processes.ts'

const Ready = z.object({ http: z.url(), ui: z.url().nullable(), pid: z.int() })

export interface ServerUnderTest {
  port: number
  ui: string | null
  pid: number
  program: Program
}

/** Starts it on free ports of the loopback; the words are those of its command line. */
export async function startServer(...words: readonly string[]): Promise<ServerUnderTest> {
  const cli = ['--import', import.meta.resolve('tsx'), join(ROOT, 'server', 'cli.ts')]
  const program = startProgram(process.execPath, [...cli, '--json', '--port', '0', '--ui-port', '0', ...words])
  const { http, ui, pid } = Ready.parse(JSON.parse(await firstLine(program)))
  return { port: Number(new URL(http).port), ui, pid, program }
}

/** Resident memory of a process, in MiB; `peak` since it began. */
export function memoryOf(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const field = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) / 1024
  return { now: field('VmRSS'), peak: field('VmHWM') }
}

export const megabytes = (amount: number): string => `${amount.toFixed(0)} MiB`
