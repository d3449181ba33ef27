/**
 * What stands on the command line for an application: `hello.py:app`, `package.module:create_app()`, `app.ts`.
 */
import { existsSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, extname, isAbsolute, join, resolve } from 'node:path'
import { editDistance } from '../editDistance.ts'
import { LoadError } from './host.ts'

export interface AppSpec {
  /** As given. */
  text: string
  language: 'python' | 'typescript'
  /** Absolute; null for a dotted module, which the interpreter finds. */
  file: string | null
  /** The name the module is imported under; dotted, if it is part of a package. */
  module: string
  /** Names to look for, in this order; a dotted one is an attribute of an attribute. */
  attributes: string[]
  /** The callable is not the application: calling it without arguments gives the application. */
  factory: boolean
  /** Where the application's own files lie, and its imports start: beside the file or its package, or the caller's directory. */
  folder: string
}

const TYPESCRIPT = new Set(['.ts', '.mts', '.js', '.mjs'])
const USABLE: ReadonlySet<string> = new Set(['.py', ...TYPESCRIPT])
const CALLABLE = /^[\p{ID_Start}_$][\p{ID_Continue}$]*(\.[\p{ID_Start}_$][\p{ID_Continue}$]*)*$/u
const MODULE = /^[\p{ID_Start}_]\p{ID_Continue}*(\.[\p{ID_Start}_]\p{ID_Continue}*)*$/u
const NAME = /^[\p{ID_Start}_]\p{ID_Continue}*$/u
const FORMS = 'write it as module:callable or path/to/file.py:callable'

/** @throws LoadError when it is none of the forms, or names a file that is not there. */
export function parseAppSpec(text: string, cwd: string): AppSpec {
  const { target, callable } = splitSpec(text)
  const { attributes, factory } = parseCallable(text, callable)
  const extension = extname(target).toLowerCase()
  const isFile = extension === '.py' || TYPESCRIPT.has(extension) || target.includes('/') || isAbsolute(target)
  if (!isFile && MODULE.test(target)) {
    return { text, language: 'python', file: null, module: target, attributes, factory, folder: cwd }
  }
  const file = resolve(cwd, target)
  const found = existsSync(file) ? statSync(file) : null
  if (found === null) throw new LoadError(`no such file: ${target}${didYouMean(target, cwd)}`)
  if (found.isDirectory()) {
    throw new LoadError(`${target} is a folder: name a file in it, like ${join(target, 'app.py')}:app`)
  }
  if (extension !== '.py' && !TYPESCRIPT.has(extension)) {
    throw new LoadError(`${target} is neither Python nor TypeScript: ${FORMS} (.py, .ts, .mts, .js, .mjs)`)
  }
  if (extension === '.py') return { text, language: 'python', file, ...importedAs(file), attributes, factory }
  const module = basename(file, extname(file))
  return { text, language: 'typescript', file, module, attributes, factory, folder: dirname(file) }
}

/** A file in a package is imported as a part of it, from the folder that holds the package: so it was written. */
function importedAs(file: string): { module: string; folder: string } {
  let module = basename(file, extname(file))
  let folder = dirname(file)
  const isPart = NAME.test(module) && module !== '__init__'
  while (isPart && existsSync(join(folder, '__init__.py')) && NAME.test(basename(folder))) {
    module = `${basename(folder)}.${module}`
    folder = dirname(folder)
  }
  return { module, folder }
}

/** The last colon separates, unless what follows it is a path (`C:\app.py`). */
function splitSpec(text: string): { target: string; callable: string | null } {
  const colon = text.lastIndexOf(':')
  if (colon === -1 || /[\\/]/.test(text.slice(colon))) return { target: text, callable: null }
  const target = text.slice(0, colon)
  if (target === '') throw new LoadError(`nothing stands before the colon of "${text}": ${FORMS}`)
  return { target, callable: text.slice(colon + 1) }
}

function parseCallable(text: string, callable: string | null): { attributes: string[]; factory: boolean } {
  if (text === '') throw new LoadError(`no application is named: ${FORMS}`)
  if (callable === null) return { attributes: ['app', 'application'], factory: false }
  const factory = callable.endsWith(')')
  const [name = '', rest] = factory ? callable.split('(', 2) : [callable]
  if (factory && rest?.trim() !== ')') {
    throw new LoadError(
      `a factory is called without arguments: write ${text.slice(0, text.lastIndexOf(':'))}:${name}()`,
    )
  }
  if (!CALLABLE.test(name)) throw new LoadError(`"${callable}" is not the name of a callable: ${FORMS}`)
  return { attributes: [name], factory }
}

/** ` — did you mean hello.py, or …?`, from the folder the file should be in; or what is wrong with that folder. */
export function didYouMean(target: string, cwd: string, usableExtensions = USABLE): string {
  const folder = dirname(resolve(cwd, target))
  if (!existsSync(folder)) return ` (there is no folder ${folder})`
  const usable = readdirSync(folder).filter((name) => usableExtensions.has(extname(name)))
  const near = nearNames(basename(target), usable).map((name) => join(dirname(target), name))
  if (near.length > 0) return ` — did you mean ${near.join(' or ')}?`
  const some = usable.slice(0, 5).join(', ')
  return some === ''
    ? ` (${folder} holds no ${[...usableExtensions].slice(0, 2).join(' or ')} file)`
    : ` (${folder} holds ${some})`
}

/** At most three of `names` that differ from `wanted` by a slip of the fingers, nearest first. */
export function nearNames(wanted: string, names: string[]): string[] {
  const stem = (name: string) => name.slice(0, name.length - extname(name).length).toLowerCase()
  const limit = Math.max(1, Math.floor(stem(wanted).length / 3))
  return names
    .map((name) => ({ name, distance: editDistance(stem(wanted), stem(name)) }))
    .filter(({ distance }) => distance <= limit)
    .sort((a, b) => a.distance - b.distance)
    .slice(0, 3)
    .map(({ name }) => name)
}
