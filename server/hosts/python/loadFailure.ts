/** The facts of a failed load, in one line that says what is wrong and what to do. */
import { basename, dirname, extname, join } from 'node:path'
import { LoadError } from '../../../shared/gateway/host.ts'
import { type AppSpec, didYouMean } from '../appSpec.ts'
import { noAttribute, notCallable, notFactory, notLiterals, unfit } from '../wrongCallable.ts'
import type { Failed } from './facts.ts'
import { hiding, notInstallable } from './missingModule.ts'

/** The name of the interpreter that wsgiscope brings along. */
const EMBEDDED = 'embedded'

const PYTHON: ReadonlySet<string> = new Set(['.py'])

export function loadFailure(failed: Failed, spec: AppSpec, interpreter: string): LoadError {
  const name = nameOf(spec)
  const python = `Python ${failed.version} (${failed.executable || interpreter})`
  const embedded = failed.executable === '' && interpreter === EMBEDDED
  if ('extension' in failed && failed.extension) {
    return new LoadError(
      `${name} needs ${failed.extension}, a C extension, which embedded CPython cannot load: use --python python3`,
      failed.traceback,
      { type: 'ImportError', ...lastFrame(failed.traceback) },
    )
  }
  if (embedded && 'lacks' in failed && failed.lacks) {
    return new LoadError(
      `${name} needs ${failed.lacks} when it is imported, and embedded CPython has none: use --python python3`,
      failed.traceback,
      { type: failed.reason === 'raised' ? failed.type : 'ModuleNotFoundError', ...lastFrame(failed.traceback) },
    )
  }
  switch (failed.reason) {
    case 'attribute': {
      const error = noAttribute(name, spec, failed.has)
      return new LoadError(`${error.message}${readAsPython(spec)}`)
    }
    case 'callable':
      return notCallable(name, failed.attribute, failed.type)
    case 'factory':
      return notFactory(name, failed.attribute, failed.call, failed.type)
    case 'literals':
      return notLiterals(`${name}:${failed.attribute}`, failed.call)
    case 'unfit': {
      const call = failed.made ? `(${spec.call})` : ''
      return unfit(`${name}:${failed.attribute}${call}`, failed.kind, failed.takes, failed.type)
    }
    case 'otherModule':
      return new LoadError(
        `${name} lies in a package named ${failed.name}, but Python has another module of that name ` +
          `(${failed.found ?? 'built in'}): give the folder another name`,
      )
    case 'module': {
      const place = didYouMean(failed.name.replaceAll('.', '/'), spec.folder, PYTHON)
      return new LoadError(`no module named ${failed.name} in ${spec.folder} or in ${python}${place}`)
    }
    case 'import': {
      const fault = { type: 'ModuleNotFoundError', ...lastFrame(failed.traceback) }
      const version = embedded ? failed.version : null
      const wrong = notInstallable({ ...failed, missing: failed.missing ?? null, python, embedded: version, spec })
      if (wrong !== null) return new LoadError(`${name} ${wrong}`, failed.traceback, fault)
      if (embedded) return notEmbedded(failed, spec.folder)
      return new LoadError(
        `${name} imports ${failed.name}, which ${python} does not have: ` +
          'install it there, or choose another interpreter with --python PATH',
        failed.traceback,
        fault,
      )
    }
    case 'raised': {
      // A SyntaxError's own message says where.
      const says = / line \d+\)$/.test(failed.message)
      const where = !says && failed.file && failed.line ? ` (${basename(failed.file)}, line ${failed.line})` : ''
      const what = failed.message === '' ? failed.type : `${failed.type}: ${failed.message.split('\n', 1)[0]}`
      const { type, file, line, traceback } = failed
      const hints = [
        type === 'SystemExit' ? ': the module ends the program when it is imported' : '',
        failed.missing?.kind === 'hidden' ? `: ${hiding(failed.missing)}` : '',
        type === 'SyntaxError' && file === spec.file ? readAsPython(spec) : '',
      ]
      const place = file && line ? { file, line } : lastFrame(traceback)
      return new LoadError(`${name} could not be loaded: ${what}${where}${hints.join('')}`, traceback, {
        type,
        ...place,
      })
    }
  }
}

function nameOf({ file, module }: AppSpec): string {
  if (file === null) return module
  const name = basename(file)
  return name === '__init__.py' ? join(basename(dirname(file)), name) : name
}

/** What nobody would take for Python by its name may have been taken for it by mistake. */
function readAsPython({ file }: AppSpec): string {
  const extension = file === null ? '.py' : extname(file)
  if (extension.toLowerCase() === '.py') return ''
  return '; it was read as Python, since its name does not end in .ts, .mts, .js or .mjs'
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
