/** Programs that are started for a measurement, and ended after it: these and no others. */
import { type ChildProcess, spawn } from 'node:child_process'
import { connect, createServer } from 'node:net'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const ROOT = dirname(dirname(fileURLToPath(import.meta.url)))

/** A file of this folder, as arguments for Node. */
export const script = (name: string): string[] => ['--import', import.meta.resolve('tsx'), join(ROOT, 'bench', name)]

const running = new Set<ChildProcess>()

/** What it writes to stderr is shown when it fails, and not before. */
export interface Program {
  child: ChildProcess
  stderr: () => string
}

/** Runs in the checkout until it ends or `stopAll` ends it. */
export function startProgram(program: string, args: readonly string[]): Program {
  const child = spawn(program, args, { cwd: ROOT, stdio: ['pipe', 'pipe', 'pipe'] })
  running.add(child)
  let written = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    written = (written + text).slice(-4000)
  })
  child.once('close', () => running.delete(child))
  child.once('error', () => running.delete(child))
  return { child, stderr: () => written }
}

/** The first line that it writes to stdout. */
export function firstLine({ child, stderr }: Program): Promise<string> {
  return new Promise((resolve, reject) => {
    const { stdout } = child
    if (stdout === null) return reject(new Error('its stdout is not read'))
    const failed = () => reject(new Error(`${child.spawnargs.join(' ')} ended before it was ready:\n${stderr()}`))
    child.once('error', reject)
    child.once('close', failed)
    createInterface({ input: stdout }).once('line', (line) => {
      child.off('close', failed)
      resolve(line)
      stdout.resume()
    })
  })
}

/** Runs a program to its end and returns what it wrote to stdout. */
export function output(program: string, args: readonly string[]): Promise<string> {
  const { child, stderr } = startProgram(program, args)
  let written = ''
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    written += text
  })
  return new Promise((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code) => {
      if (code === 0) resolve(written)
      else reject(new Error(`${program} ended with ${code}:\n${stderr()}`))
    })
  })
}

/** Asks all that still run to end, and waits for them. */
export async function stopAll(): Promise<void> {
  const ended = [...running].map((child) => new Promise<void>((resolve) => child.once('close', () => resolve())))
  for (const child of running) child.kill('SIGTERM')
  await Promise.all(ended)
}

/** A port that nothing listens on at this moment. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => resolve(address !== null && typeof address === 'object' ? address.port : 0))
    })
  })
}

/** For servers that do not say when they are ready: until somebody accepts connections there. */
export async function accepting(port: number, { child, stderr }: Program): Promise<void> {
  child.stdout?.resume()
  const opens = () =>
    new Promise<boolean>((resolve) => {
      const socket = connect({ host: '127.0.0.1', port })
      socket.once('connect', () => resolve(socket.destroy() !== undefined))
      socket.once('error', () => setTimeout(() => resolve(false), 50))
    })
  while (!(await opens())) {
    if (child.exitCode !== null) throw new Error(`${child.spawnargs.join(' ')} ended:\n${stderr()}`)
  }
}
