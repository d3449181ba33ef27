/** One measurement of a server that runs: by wrk where it is installed, else by this folder's own generator. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { exchange } from './exchanges.ts'
import { LoadResult } from './loadResult.ts'
import { output, ROOT, script } from './processes.ts'
import type { Setting } from './settings.ts'
import { readWrkOutput } from './wrkOutput.ts'

type Load = (port: number, setting: Setting, seconds: number) => Promise<LoadResult>

/** Whether there is such a program on PATH. */
export const installed = (program: string): boolean => spawnSync('which', [program]).status === 0

/** One thread, for all alike: on a small machine it shares the processors with the server. */
const wrk: Load = async (port, { connections, close, exchange: name }, seconds) => {
  const { path, upload } = exchange(name)
  const header = close ? ['-H', 'Connection: close'] : []
  const body = upload === null ? [] : ['-s', join(ROOT, 'bench', 'upload.lua')]
  // wrk knows whole seconds only.
  const run = ['-t', '1', '-c', `${connections}`, '-d', `${seconds}s`, '--latency', ...header, ...body]
  const url = `http://127.0.0.1:${port}${path}`
  return readWrkOutput(await output('wrk', [...run, url, ...(upload === null ? [] : ['--', upload])]))
}

const own: Load = async (port, { connections, close, exchange: name }, seconds) => {
  const args = [`${port}`, `${connections}`, `${seconds}`, close ? 'close' : 'keep-alive', name]
  return LoadResult.parse(JSON.parse(await output(process.execPath, [...script('generator.ts'), ...args])))
}

export interface Generator {
  name: string
  run: Load
}

/** wrk, unless there is none or the folder's own generator is asked for. */
export const chooseLoad = (ownOne: boolean): Generator =>
  !ownOne && installed('wrk') ? { name: 'wrk', run: wrk } : { name: 'bench/generator.ts', run: own }
