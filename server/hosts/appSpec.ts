/**
 * What stands on the command line for an application: `hello.py:app`, `package.module:create_app()`, `app.ts`.
 */
import { existsSync, lstatSync, readdirSync, readlinkSync, type Stats, statSync } from 'node:fs'
import { basename, dirname, extname, join, resolve } from 'node:path'
import { LoadError } from '../../shared/gateway/host.ts'
import { editDistance } from '../editDistance.ts'

export interface AppSpec {
  /** As given. */
  text: string
  language: 'python' | 'typescript'
  /** Absolute; null for a dotted module, which the interpreter finds. */
  file: string | null
  /** The name the module is imported under; dotted, if it is part of a package. */
  module: string
  /** The file is found by that name, as any import finds it; else it is loaded as it lies, whatever it is called. */
  byName: boolean
  /** Names to look for, in this order; a dotted one is an attribute of an attribute. */
  attributes: string[]
  /** What stands between the parentheses of a factory, which gives the application; null for the application itself. */
  call: string | null
  /** The folder that `text` is relative to. */
  cwd: string
  /** Where the application's own files lie, and its imports start: beside the file or its package, or the caller's directory. */
  folder: string
}

const TYPESCRIPT = new Set(['.ts', '.mts', '.js', '.mjs'])
const USABLE: ReadonlySet<string> = new Set(['.py', ...TYPESCRIPT])
const DOTTED = String.raw`[\p{ID_Start}_$][\p{ID_Continue}$]*(?:\.[\p{ID_Start}_$][\p{ID_Continue}$]*)*`
const CALLABLE = new RegExp(`^${DOTTED}$`, 'u')
/** A factory with what it is called with, which may have colons in it. */
const CALL = new RegExp(String.raw`^(?<target>.*?):\s*(?<name>${DOTTED})\s*\((?<call>.*)\)\s*$`, 'su')
const MODULE = /^[\p{ID_Start}_]\p{ID_Continue}*(\.[\p{ID_Start}_]\p{ID_Continue}*)*$/u
const NAME = /^[\p{ID_Start}_]\p{ID_Continue}*$/u
const FORMS = 'write it as module:callable or path/to/file.py:callable'

/** @throws LoadError when it is none of the forms, or names a file that is not there. */
export function parseAppSpec(text: string, cwd: string): AppSpec {
  const { target, attributes, call } = splitSpec(text)
  const given = { text, cwd, attributes, call }
  if (isModule(target, cwd)) {
    return { ...given, language: 'python', file: null, module: target, byName: true, folder: cwd }
  }
  const file = fileOf(target, cwd)
  const extension = extname(file).toLowerCase()
  if (!TYPESCRIPT.has(extension)) return { ...given, language: 'python', file, ...importedAs(file) }
  const module = basename(file, extname(file))
  return { ...given, language: 'typescript', file, module, byName: false, folder: dirname(file) }
}

/** A dotted name is a module, unless there is a file of exactly that name and no such module: `app.wsgi`. */
function isModule(target: string, cwd: string): boolean {
  const extension = extname(target).toLowerCase()
  if (extension === '.py' || TYPESCRIPT.has(extension) || !MODULE.test(target)) return false
  const place = join(cwd, ...target.split('.'))
  return !isFile(join(cwd, target)) || isFile(`${place}.py`) || isFile(join(place, '__init__.py'))
}

/** Null for what cannot be looked at, too: beneath a file instead of a folder, with a name too long, a link to itself. */
function lookAt(path: string, look: (path: string) => Stats = statSync): Stats | null {
  try {
    return look(path)
  } catch {
    return null
  }
}

const isFile = (path: string): boolean => lookAt(path)?.isFile() === true

/** The absolute path of what `target` names; of a package its `__init__.py`. */
function fileOf(target: string, cwd: string): string {
  const path = resolve(cwd, target)
  const found = lookAt(path)
  if (found === null) {
    if (lookAt(path, lstatSync)?.isSymbolicLink()) {
      throw new LoadError(`${target} is a link to ${readlinkSync(path)}, which cannot be found: mend the link`)
    }
    throw new LoadError(`no such file: ${target}${didYouMean(target, cwd)}`)
  }
  if (found.isDirectory()) {
    const init = join(path, '__init__.py')
    if (isFile(init)) return init
    throw new LoadError(`${target} is a folder, and no package: name a file in it, like ${join(target, 'app.py')}:app`)
  }
  if (!found.isFile()) throw new LoadError(`${target} is no file that can be read as a whole: ${FORMS}`)
  return path
}

/**
 * A file in a package is imported as a part of it, and `__init__.py` as the package, from the folder that holds the outermost
 * package: so it was written. What has no name that could be imported is a part of its package all the same.
 */
function importedAs(file: string): { module: string; byName: boolean; folder: string } {
  const isPackage = basename(file) === '__init__.py'
  const own = isPackage ? basename(dirname(file)) : basename(file, extname(file))
  let module = own.replaceAll('.', '_')
  let folder = isPackage ? dirname(dirname(file)) : dirname(file)
  let inPackage = isPackage
  while (existsSync(join(folder, '__init__.py')) && NAME.test(basename(folder))) {
    module = `${basename(folder)}.${module}`
    folder = dirname(folder)
    inPackage = true
  }
  return { module, byName: inPackage && NAME.test(own) && (isPackage || extname(file) === '.py'), folder }
}

/** The last colon separates, unless what follows it is a path (`C:\app.py`); of a call, the one before its name. */
function splitSpec(text: string): { target: string; attributes: string[]; call: string | null } {
  if (text === '') throw new LoadError(`no application is named: ${FORMS}`)
  const { target: called, name, call } = CALL.exec(text)?.groups ?? {}
  if (called !== undefined && name !== undefined && call !== undefined) {
    return { target: named(called, text), attributes: [name], call: call.trim() }
  }
  const colon = text.lastIndexOf(':')
  if (colon === -1 || /[\\/]/.test(text.slice(colon))) {
    return { target: text, attributes: ['app', 'application'], call: null }
  }
  const callable = text.slice(colon + 1)
  const target = named(text.slice(0, colon), text)
  if (!CALLABLE.test(callable)) throw new LoadError(`"${callable}" is not the name of a callable: ${FORMS}`)
  return { target, attributes: [callable], call: null }
}

function named(target: string, text: string): string {
  if (target === '') throw new LoadError(`nothing stands before the colon of "${text}": ${FORMS}`)
  return target
}

/** ` — did you mean hello.py, or …?`, from the folder the file should be in; or what is wrong with that folder. */
export function didYouMean(target: string, cwd: string, usableExtensions = USABLE): string {
  const folder = dirname(resolve(cwd, target))
  if (!lookAt(folder)?.isDirectory()) return ` (there is no folder ${folder})`
  const usable = namesIn(folder).filter((name) => usableExtensions.has(extname(name)))
  const near = nearNames(basename(target), usable).map((name) => join(dirname(target), name))
  if (near.length > 0) return ` — did you mean ${near.join(' or ')}?`
  const some = usable.slice(0, 5).join(', ')
  return some === ''
    ? ` (${folder} holds no ${[...usableExtensions].slice(0, 2).join(' or ')} file)`
    : ` (${folder} holds ${some})`
}

/** None where they may not be listed: they are for a hint alone. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
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
