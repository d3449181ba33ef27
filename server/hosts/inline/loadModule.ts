/** Imports a TypeScript or JavaScript application and finds its callable. */
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname, extname, join, resolve, sep } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import * as z from 'zod'
import { LoadError } from '../../../shared/gateway/host.ts'
import type { Application } from '../../../shared/wsgi/application.ts'
import { typeName } from '../../../shared/wsgi/startResponse.ts'
import type { AppSpec } from '../appSpec.ts'
import { isFactoryName, noAttribute, notCallable, notFactory, notLiterals, unfit } from '../wrongCallable.ts'
import { type Literal, NotLiterals, parseLiterals } from './literals.ts'
import { describeThrown, isError } from './thrown.ts'

export interface LoadedModule {
  application: Application
  attribute: string
  callable: string
  file: string
  line: number | null
}

type Namespace = Record<string, unknown>

const TYPESCRIPT: ReadonlySet<string> = new Set(['.ts', '.mts'])

/**
 * Imports the module anew, and what it imports of its folder, whatever was imported before.
 * @param onFile is told of each of the application's own files as it is imported; of those, too, that cannot be.
 * @throws LoadError when the module, or its callable, cannot be used.
 */
export async function loadModule(spec: AppSpec, onFile: (file: string) => void): Promise<LoadedModule> {
  const { file, folder } = spec
  if (file === null) throw new LoadError(`${spec.text} names no file`)
  const name = basename(file)
  const isOwn = (path: string) => path.startsWith(folder + sep) && !path.includes(`${sep}node_modules${sep}`)
  onFile(file)
  const module = await importFile(file, isOwn, onFile)
  for (const attribute of spec.attributes) {
    const found = lookUp(module, attribute)
    if (found === undefined) continue
    if (!isFunction(found)) throw notCallable(name, attribute, typeName(found))
    const application = spec.call === null ? found : await callFactory(found, `${name}:${attribute}`, spec.call, isOwn)
    if (!isFunction(application)) throw notFactory(name, attribute, spec.call ?? '', typeName(application))
    checkCallable(application, name, attribute, spec.call)
    const line = definitionLine(readFileSync(file, 'utf8'), attribute)
    return {
      application,
      attribute,
      callable: application.name || attribute,
      file,
      line,
    }
  }
  const has = Object.keys(module).filter((key) => typeof module[key] === 'function')
  throw noAttribute(name, spec, has)
}

type IsOwn = (path: string) => boolean

async function importFile(file: string, isOwn: IsOwn, onFile: (file: string) => void): Promise<Namespace> {
  try {
    // Without it a stack points into what the compiler made of the file.
    process.setSourceMapsEnabled(true)
    if (isModule(file)) return await importModule(file, isOwn, onFile)
    return await requireModule(file, isOwn, onFile)
  } catch (error) {
    const missing = missingFile(error)
    if (missing !== null && isOwn(missing)) onFile(missing)
    throw importFailure(error, basename(file), isOwn)
  }
}

/** Each import through tsx has a namespace of its own: Node keeps no module of an earlier one for it. */
async function importModule(file: string, isOwn: IsOwn, onFile: (file: string) => void): Promise<Namespace> {
  const { tsImport } = await import('tsx/esm/api')
  const onImport = (url: string) => {
    const path = url.startsWith('file:') ? fileURLToPath(url) : url
    if (isOwn(path)) onFile(path)
  }
  return await tsImport(pathToFileURL(file).href, { parentURL: import.meta.url, onImport })
}

let imports = 0

/** CommonJS: what Node keeps of the application's own modules is let go first, so that they are read again. */
async function requireModule(file: string, isOwn: IsOwn, onFile: (file: string) => void): Promise<Namespace> {
  const { cache } = createRequire(import.meta.url)
  const pathOf = (key: string) => key.replace(/\?.*$/, '')
  for (const key of Object.keys(cache)) if (isOwn(pathOf(key))) delete cache[key]
  try {
    if (TYPESCRIPT.has(extname(file))) {
      const { require } = await import('tsx/cjs/api')
      return require(file, import.meta.url)
    }
    return await import(`${pathToFileURL(file).href}${imports++ === 0 ? '' : `?${imports}`}`)
  } finally {
    for (const key of Object.keys(cache)) if (isOwn(pathOf(key))) onFile(pathOf(key))
  }
}

/** As Node decides it for `.js`: by the nearest package.json. */
function isModule(file: string): boolean {
  if (extname(file) === '.mts' || extname(file) === '.mjs') return true
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const description = join(folder, 'package.json')
    if (existsSync(description)) {
      return Package.catch({ type: 'commonjs' }).parse(JSON.parse(readFileSync(description, 'utf8'))).type === 'module'
    }
    if (folder === dirname(folder)) return false
  }
}

const Package = z.object({ type: z.string().default('commonjs') })

/** The file that would have been imported, where it is one: Node names it by its path, or as it was asked for. */
function missingFile(error: unknown): string | null {
  const { message } = describeThrown(error)
  const path = /^Cannot find module '([^']+)'/.exec(message)?.[1]
  if (path === undefined) return null
  if (!path.startsWith('.')) return path
  const importer = /^Require stack:\n- ([^?\n]+)/m.exec(message)?.[1]
  return importer === undefined ? null : resolve(dirname(importer), path)
}

function importFailure(error: unknown, name: string, isOwn: IsOwn): LoadError {
  const { type, message: told, ...described } = describeThrown(error)
  if (!isError(error)) return new LoadError(`${name} could not be loaded: it ${told}`)
  const wrong = type === 'TransformError' ? notCompiled(told) : null
  const traceback = wrong ?? described.traceback
  const fault = { type: wrong === null ? type : 'SyntaxError', ...placeOf(traceback, isOwn) }
  const missing = /^Cannot find (?:package|module) '([^']+)'/.exec(told)?.[1]
  if (missing !== undefined) {
    const message = `${name} imports ${missing}, which is not there: install it beside the application`
    return new LoadError(message, traceback, fault)
  }
  // The compiler counts its errors in the first line of a message, and names the first of them in the second.
  const lines = told.split('\n')
  const said = type === 'TransformError' ? lines[1] : lines[0]
  return new LoadError(`${name} could not be loaded: ${type}: ${said}`, traceback, fault)
}

/** What the compiler found first, as an engine would say it; the compiler's own stack says nothing. */
function notCompiled(message: string): string | null {
  const [, place, what] = /^(.+:\d+:\d+): ERROR: (.+)$/m.exec(message) ?? []
  return place === undefined ? null : `SyntaxError: ${what}\n    at ${place}`
}

/** The first of the application's own files that is named with a line: by the compiler, or in a stack. */
function placeOf(traceback: string, isOwn: IsOwn): { file: string | null; line: number | null } {
  for (const [, before = '', line] of traceback.matchAll(/^(.*?):(\d+):\d+/gm)) {
    const file = before.replace(/^ *at (.* \()?/, '').replace(/^file:\/\//, '')
    if (isOwn(file)) return { file, line: Number(line) }
  }
  return { file: null, line: null }
}

/** Whether it is a WSGI application shows when it is called. */
const isFunction = (value: unknown): value is Application => typeof value === 'function'

async function callFactory(factory: Application, name: string, call: string, isOwn: IsOwn): Promise<unknown> {
  const given = literalsOf(name, call)
  try {
    return await Reflect.apply(factory, undefined, given)
  } catch (error) {
    throw importFailure(error, name.replace(/:[^:]*$/, ''), isOwn)
  }
}

function literalsOf(name: string, call: string): Literal[] {
  try {
    return parseLiterals(call)
  } catch (error) {
    if (error instanceof NotLiterals) throw notLiterals(name, call)
    throw error
  }
}

/** What a function takes says little in JavaScript, where an application may leave out what it does not use; async it may be. */
function checkCallable(application: Application, module: string, attribute: string, call: string | null): void {
  const name = `${module}:${attribute}${call === null ? '' : `(${call})`}`
  if (call === null && application.length < 2 && isFactoryName(attribute)) throw unfit(name, 'factory', '', '')
}

function lookUp(module: Namespace, attribute: string): unknown {
  let found: unknown = module
  for (const part of attribute.split('.')) {
    if ((typeof found !== 'object' && typeof found !== 'function') || found === null) return undefined
    found = Reflect.get(found, part)
  }
  return found
}

/** JavaScript does not tell where a function was written: the first top-level line that declares the name does. */
function definitionLine(source: string, attribute: string): number | null {
  const name = attribute.split('.', 1)[0]
  const declares = new RegExp(`^(?:export\\s+)?(?:async\\s+)?(?:function\\s*\\*?|const|let|var|class)\\s*\\b${name}\\b`)
  const byDefault = /^export\s+default\b/
  const index = source
    .split('\n')
    .findIndex((line) => declares.test(line) || (name === 'default' && byDefault.test(line)))
  return index === -1 ? null : index + 1
}
