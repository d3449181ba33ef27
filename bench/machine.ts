/** What a run was made on and with. */
import { spawnSync } from 'node:child_process'
import { cpus, release, totalmem, type } from 'node:os'
import { PYTHON } from './contestants.ts'

export interface Machine {
  processor: string
  cores: number
  memoryMiB: number
  system: string
  node: string
  load: string
  /** What each program says of itself, by its name; those that are not there are missing. */
  versions: Record<string, string>
}

const VERSIONS: Readonly<Record<string, readonly [program: string, ...args: string[]]>> = {
  python: [PYTHON, '--version'],
  gunicorn: [PYTHON, '-c', 'import gunicorn; print(gunicorn.__version__)'],
  waitress: [PYTHON, '-c', 'from importlib.metadata import version; print(version("waitress"))'],
  uwsgi: ['uwsgi', '--version'],
  // It has no other way to say it, and does not end well when it does.
  wrk: ['wrk', '--version'],
}

/** `load` names what makes the load. */
export function machine(load: string): Machine {
  const said = Object.entries(VERSIONS).flatMap(([name, [program, ...args]]) => {
    const { stdout, error } = spawnSync(program, args, { encoding: 'utf8' })
    const [first = ''] = error === undefined ? stdout.split('\n') : []
    return first === '' ? [] : [[name, first] as const]
  })
  return {
    processor: cpus()[0]?.model ?? '',
    cores: cpus().length,
    memoryMiB: Math.round(totalmem() / 2 ** 20),
    system: `${type()} ${release()}`,
    node: process.version,
    load,
    versions: Object.fromEntries(said),
  }
}
