/** Which python3 runs the application. */
import { accessSync, constants, existsSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, isAbsolute, join, resolve } from 'node:path'
import { type HostOptions, LoadError } from '../../../shared/gateway/host.ts'
import { EmbeddedInterpreter } from '../embedded/interpreter.ts'
import { InstalledPython, type Interpreter } from './workerProcess.ts'

export interface InterpreterChoice {
  /** What `--python` said: a path, or a name on PATH. */
  python?: string
  cwd: string
  /** Where the application's file lies. */
  folder: string
  env: Record<string, string | undefined>
}

/**
 * A python3 of this machine, as `chooseInterpreter` finds it; the embedded CPython where that is asked for, or no python3
 * is there.
 * @throws LoadError
 */
export function openInterpreter(choice: InterpreterChoice & Pick<HostOptions, 'onLog'>): Interpreter {
  const { python, cwd, env, folder, onLog } = choice
  const found = python === 'embedded' ? null : findInterpreter(choice)
  if (found !== null) return new InstalledPython(found, cwd, env)
  const why = python === 'embedded' ? '' : 'no python3 was found: '
  onLog('server', `${why}the application runs in embedded CPython, which takes a moment to load`)
  const interpreter = new EmbeddedInterpreter(folder)
  const shared =
    resolve(folder) === resolve(tmpdir()) ? ', what others left there too: a folder of its own is better' : ''
  onLog('server', `it can read ${folder} and what lies below it, and nothing else${shared}`)
  return interpreter
}

/**
 * `--python`, else the active virtual environment, else `.venv` beside the application or in `cwd`, else python3 on PATH.
 * @returns the absolute path of an executable file.
 * @throws LoadError when the one that was asked for is not there, or none is.
 */
export function chooseInterpreter(choice: InterpreterChoice): string {
  const found = findInterpreter(choice)
  if (found === null) throw new LoadError('python3 not found: install Python 3.8 or newer, or give --python PATH')
  return found
}

/** Of a program that has not even begun to run Python code; `how` it ended. */
export const noPython = (path: string, how: string): string =>
  `${path} is no Python that works: it ${how}, where Python 3.8 or newer would have started: choose one with --python PATH`

/** Null where nothing is asked for and none is there. */
function findInterpreter({ python, cwd, folder, env }: InterpreterChoice): string | null {
  if (python !== undefined) {
    if (python === 'embedded') throw new LoadError('--python embedded will not do here: give the path of a python3')
    const path = /[\\/]/.test(python) ? resolve(cwd, python) : onPath(python, env)
    if (path !== null && isExecutable(path)) return path
    const inside = path === null ? null : inEnvironment(path)
    const hint = inside === null ? 'give the path of a python3' : `did you mean ${inside}?`
    throw new LoadError(
      `--python ${python}: ${path === null ? 'not found on PATH' : 'not an executable file'}: ${hint}`,
    )
  }
  const active = env.VIRTUAL_ENV
  if (active !== undefined && active !== '') {
    const path = inEnvironment(active)
    if (path !== null) return path
    throw new LoadError(`VIRTUAL_ENV is ${active}, which has no python: deactivate it, or give --python PATH`)
  }
  return inEnvironment(join(folder, '.venv')) ?? inEnvironment(join(cwd, '.venv')) ?? onPath('python3', env)
}

function inEnvironment(folder: string): string | null {
  const places = [join(folder, 'bin', 'python'), join(folder, 'Scripts', 'python.exe')]
  return places.find(isExecutable) ?? null
}

function onPath(name: string, env: Record<string, string | undefined>): string | null {
  const folders = (env.PATH ?? '').split(delimiter).filter(isAbsolute)
  return folders.map((folder) => join(folder, name)).find(isExecutable) ?? null
}

function isExecutable(path: string): boolean {
  if (!existsSync(path) || !statSync(path).isFile()) return false
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
