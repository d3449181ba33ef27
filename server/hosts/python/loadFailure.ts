/** The facts of a failed load, in one line that says what is wrong and what to do. */
import { basename, join } from 'node:path'
import { type AppSpec, didYouMean } from '../appSpec.ts'
import { LoadError } from '../host.ts'
import { noAttribute, notCallable, notFactory } from '../wrongCallable.ts'
import type { Failed } from './messages.ts'

/** The name of the interpreter that wsgiscope brings along. */
const EMBEDDED = 'embedded'

const PYTHON: ReadonlySet<string> = new Set(['.py'])

export function loadFailure(failed: Failed, spec: AppSpec, interpreter: string): LoadError {
  const name = spec.file === null ? spec.module : basename(spec.file)
  const python = `Python ${failed.version} (${failed.executable || interpreter})`
  const embedded = failed.executable === '' && interpreter === EMBEDDED
  if ('extension' in failed && failed.extension) {
    return new LoadError(
      `${name} needs ${failed.extension}, a C extension, which embedded CPython cannot load: use --python python3`,
      failed.traceback,
      { type: 'ImportError', ...lastFrame(failed.traceback) },
    )
  }
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
      if (embedded) return notEmbedded(failed, spec.folder)
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

/** Nothing can be installed into it, but it looks beside the application. */
function notEmbedded(
  { name, version, traceback }: Failed & { reason: 'module' | 'import' },
  folder: string,
): LoadError {
  const where = `in ${folder}, in its site-packages and in its .venv`
  return new LoadError(
    `embedded CPython ${version} finds no module ${name} ${where}: put it beside the application ` +
      `(pip install --target ${shellWord(join(folder, 'site-packages'))} ${name.split('.', 1)[0]}), or use --python python3`,
    traceback,
    { type: 'ModuleNotFoundError', ...lastFrame(traceback) },
  )
}

/** As one word of a shell's command. */
const shellWord = (path: string): string => (/^[\w./:@+-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`)

/** Where Python was when it raised: it prints the innermost call last. */
function lastFrame(traceback: string): { file: string | null; line: number | null } {
  const [, file, line] = [...traceback.matchAll(/^ {2}File "(.+)", line (\d+)/gm)].at(-1) ?? []
  return file === undefined ? { file: null, line: null } : { file, line: Number(line) }
}
