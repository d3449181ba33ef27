/** Imports a TypeScript or JavaScript application and finds its callable. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, extname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import * as z from 'zod'
import type { Application } from '../../../shared/wsgi/application.ts'
import { typeName } from '../../../shared/wsgi/startResponse.ts'
import type { AppSpec } from '../appSpec.ts'
import { LoadError } from '../host.ts'
import { noAttribute, notCallable, notFactory } from '../wrongCallable.ts'

export interface LoadedModule {
  application: Application
  attribute: string
  callable: string
  file: string
  line: number | null
}

type Namespace = Record<string, unknown>

/** @throws LoadError when the module, or its callable, cannot be used. */
export async function loadModule(spec: AppSpec): Promise<LoadedModule> {
  const { file } = spec
  if (file === null) throw new LoadError(`${spec.text} names no file`)
  const name = basename(file)
  const module = await importFile(file)
  for (const attribute of spec.attributes) {
    const found = lookUp(module, attribute)
    if (found === undefined) continue
    if (!isFunction(found)) throw notCallable(name, attribute, typeName(found))
    const application = spec.factory ? await runFactory(found, name) : found
    if (!isFunction(application)) throw notFactory(name, attribute, typeName(application))
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

async function importFile(file: string): Promise<Namespace> {
  const { href } = pathToFileURL(file)
  try {
    if (extname(file) !== '.ts' && extname(file) !== '.mts') return await import(href)
    // Without it a stack points into what the compiler made of the file.
    process.setSourceMapsEnabled(true)
    if (isModule(file)) {
      const { tsImport } = await import('tsx/esm/api')
      return await tsImport(href, import.meta.url)
    }
    const { require } = await import('tsx/cjs/api')
    return require(file, import.meta.url)
  } catch (error) {
    throw importFailure(error, basename(file))
  }
}

/** As Node decides it for `.js`: by the nearest package.json. */
function isModule(file: string): boolean {
  if (extname(file) === '.mts') return true
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const description = join(folder, 'package.json')
    if (existsSync(description)) {
      return Package.catch({ type: 'commonjs' }).parse(JSON.parse(readFileSync(description, 'utf8'))).type === 'module'
    }
    if (folder === dirname(folder)) return false
  }
}

const Package = z.object({ type: z.string().default('commonjs') })

function importFailure(error: unknown, name: string): LoadError {
  if (!(error instanceof Error)) return new LoadError(`${name} could not be loaded: it threw ${String(error)}`)
  const traceback = error.stack ?? error.message
  const missing = /^Cannot find (?:package|module) '([^']+)'/.exec(error.message)?.[1]
  if (missing !== undefined) {
    return new LoadError(`${name} imports ${missing}, which is not there: install it beside the application`, traceback)
  }
  // The compiler counts its errors in the first line of a message, and names the first of them in the second.
  const lines = error.message.split('\n')
  const said = error.name === 'TransformError' ? lines[1] : lines[0]
  return new LoadError(`${name} could not be loaded: ${error.name}: ${said}`, traceback)
}

/** Whether it is a WSGI application shows when it is called. */
const isFunction = (value: unknown): value is Application => typeof value === 'function'

async function runFactory(factory: unknown, name: string): Promise<unknown> {
  try {
    return typeof factory === 'function' ? await factory() : undefined
  } catch (error) {
    throw importFailure(error, name)
  }
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
