import { basename, join } from 'node:path'
import { LoadError } from '../../shared/gateway/host.ts'
import type { AppSpec } from '../hosts/appSpec.ts'

export interface ListingArgument {
  /** What stands on the command line of the program. */
  argument: string
  /** The program cannot load this itself: a file whose name is none to import, or a factory. */
  prepare: boolean
}

/** @throws LoadError for what it cannot load. */
export function argumentOf(spec: AppSpec): ListingArgument {
  const [attribute, ...others] = spec.attributes
  if (spec.language !== 'python')
    throw new LoadError(`the sixty-line server runs Python alone, and ${spec.text} is none`)
  if (attribute === undefined || others.length > 0) {
    throw new LoadError(`the sixty-line server wants the callable named: write ${spec.text}:app`)
  }
  const { file, module, folder } = spec
  if (spec.call !== null || attribute.includes('.')) return { argument: 'prepared:application', prepare: true }
  if (file === null) return { argument: `${module}:${attribute}`, prepare: false }
  if (spec.byName) return { argument: `${join(folder, module)}:${attribute}`, prepare: false }
  if (basename(file) === `${module}.py`) return { argument: `${file}:${attribute}`, prepare: false }
  return { argument: 'prepared:application', prepare: true }
}
