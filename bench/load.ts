/** One measurement: requests a second that a server answers, by wrk where it is installed. */
import { spawnSync } from 'node:child_process'
import * as z from 'zod'
import { output, script } from './processes.ts'

export interface Setting {
  connections: number
  /** Whether each request asks for its connection to be closed. */
  close: boolean
}

export interface Measured {
  perSecond: number
  /** Requests that failed, or were answered with another status than 2xx or 3xx. */
  errors: number
}

export const installed = (program: string): boolean => spawnSync('which', [program]).status === 0

export type Load = (port: number, setting: Setting, seconds: number) => Promise<Measured>

const wrk: Load = async (port, { connections, close }, seconds) => {
  const header = close ? ['-H', 'Connection: close'] : []
  // wrk counts whole seconds, or `1500ms` not at all: it is told seconds.
  const args = ['-t', '1', '-c', `${connections}`, '-d', `${seconds}s`, ...header, `http://127.0.0.1:${port}/`]
  const text = await output('wrk', args)
  const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0)
  return {
    perSecond: number(/Requests\/sec:\s*([\d.]+)/),
    errors: number(/Non-2xx or 3xx responses: (\d+)/) + number(/connect (\d+)/) + number(/timeout (\d+)/),
  }
}

const Generated = z.object({ requests: z.number(), seconds: z.number(), errors: z.number() })

const own: Load = async (port, { connections, close }, seconds) => {
  const args = [`${port}`, `${connections}`, `${seconds}`, close ? 'close' : 'keep-alive']
  const text = await output(process.execPath, [...script('generator.ts'), ...args])
  const { requests, seconds: took, errors } = Generated.parse(JSON.parse(text))
  return { perSecond: requests / took, errors }
}

/** `wrk`, or this folder's own generator: both send one request at a time on each connection. */
export const load: { name: string; run: Load } = installed('wrk')
  ? { name: 'wrk', run: wrk }
  : { name: 'bench/generator.ts', run: own }
