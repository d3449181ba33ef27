/** A module that could be loaded and has no usable callable: one line that says so, for either language. */
import { type AppSpec, nearNames } from './appSpec.ts'
import { LoadError } from './host.ts'

/** `has` are the callables that the module does have. */
export function noAttribute(module: string, spec: AppSpec, has: string[]): LoadError {
  const wanted = spec.attributes.map((attribute) => `'${attribute}'`).join(' or ')
  const there = has.length === 0 ? 'it has no callable at all' : `it has: ${has.join(', ')}`
  const [near] = spec.attributes.flatMap((attribute) => nearNames(attribute, has))
  const hint = near === undefined ? '' : ` — did you mean ${module}:${near}?`
  return new LoadError(`${module} has no attribute ${wanted}; ${there}${hint}`)
}

export const notCallable = (module: string, attribute: string, type: string): LoadError =>
  new LoadError(`${module}:${attribute} is not callable, it is ${article(type)}: name the WSGI application, a callable`)

export const notFactory = (module: string, attribute: string, type: string): LoadError =>
  new LoadError(`${module}:${attribute}() returned ${article(type)}, not a callable: it must return the application`)

const article = (type: string): string =>
  type === 'NoneType' || type === 'None' ? 'None' : `${/^[aeiou]/i.test(type) ? 'an' : 'a'} ${type}`
