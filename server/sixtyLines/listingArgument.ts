import type { AppSpec } from '../hosts/appSpec.ts'
import { LoadError } from '../hosts/host.ts'

/**
 * What stands on the command line of the program.
 * @throws LoadError for what it cannot load.
 */
export function argumentOf(spec: AppSpec): string {
  const [attribute, ...others] = spec.attributes
  if (spec.language !== 'python')
    throw new LoadError(`the sixty-line server runs Python alone, and ${spec.text} is none`)
  if (spec.factory) throw new LoadError(`the sixty-line server calls no factory: name the application itself`)
  if (attribute === undefined || others.length > 0) {
    throw new LoadError(`the sixty-line server wants the callable named: write ${spec.text}:app`)
  }
  return `${spec.file ?? spec.module}:${attribute}`
}
