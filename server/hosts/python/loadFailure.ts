/** The facts of a failed load, in one line that says what is wrong and what to do. */
import { basename } from 'node:path'
import { type AppSpec, didYouMean } from '../appSpec.ts'
import { LoadError } from '../host.ts'
import { noAttribute, notCallable, notFactory } from '../wrongCallable.ts'
import type { Failed } from './messages.ts'

const PYTHON: ReadonlySet<string> = new Set(['.py'])

export function loadFailure(failed: Failed, spec: AppSpec, interpreter: string): LoadError {
  const name = spec.file === null ? spec.module : basename(spec.file)
  const python = `Python ${failed.version} (${failed.executable || interpreter})`
  switch (failed.reason) {
    case 'attribute':
      return noAttribute(name, spec, failed.has)
    case 'callable':
      return notCallable(name, failed.attribute, failed.type)
    case 'factory':
      return notFactory(name, failed.attribute, failed.type)
    case 'module': {
      const place = didYouMean(failed.name.replaceAll('.', '/'), spec.folder, PYTHON)
      return new LoadError(`no module named ${failed.name} in ${spec.folder} or in ${python}${place}`)
    }
    case 'import':
      return new LoadError(
        `${name} imports ${failed.name}, which ${python} does not have: ` +
          'install it there, or choose another interpreter with --python PATH',
        failed.traceback,
        { type: 'ModuleNotFoundError', ...lastFrame(failed.traceback) },
      )
    case 'raised': {
      // A SyntaxError's own message says where.
      const says = / line \d+\)$/.test(failed.message)
      const where = !says && failed.file && failed.line ? ` (${basename(failed.file)}, line ${failed.line})` : ''
      const what = failed.message === '' ? failed.type : `${failed.type}: ${failed.message.split('\n', 1)[0]}`
      const hint = failed.type === 'SystemExit' ? ': the module ends the program when it is imported' : ''
      const { type, file, line, traceback } = failed
      const place = file && line ? { file, line } : lastFrame(traceback)
      return new LoadError(`${name} could not be loaded: ${what}${where}${hint}`, traceback, { type, ...place })
    }
  }
}

/** Where Python was when it raised: it prints the innermost call last. */
function lastFrame(traceback: string): { file: string | null; line: number | null } {
  const [, file, line] = [...traceback.matchAll(/^ {2}File "(.+)", line (\d+)/gm)].at(-1) ?? []
  return file === undefined ? { file: null, line: null } : { file, line: Number(line) }
}
