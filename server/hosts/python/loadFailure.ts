/** The facts of a failed load, in one line that says what is wrong and what to do. */
import { basename } from 'node:path'
import { type AppSpec, didYouMean, nearNames } from '../appSpec.ts'
import { LoadError } from '../host.ts'
import type { Failed } from './messages.ts'

export function loadFailure(failed: Failed, spec: AppSpec, interpreter: string): LoadError {
  const name = spec.file === null ? spec.module : basename(spec.file)
  const python = `Python ${failed.version} (${failed.executable || interpreter})`
  switch (failed.reason) {
    case 'attribute': {
      const wanted = spec.attributes.map((attribute) => `'${attribute}'`).join(' or ')
      const has = failed.has.length === 0 ? 'it has no callable at all' : `it has: ${failed.has.join(', ')}`
      const [near] = spec.attributes.flatMap((attribute) => nearNames(attribute, failed.has))
      const hint = near === undefined ? '' : ` — did you mean ${name}:${near}?`
      return new LoadError(`${name} has no attribute ${wanted}; ${has}${hint}`)
    }
    case 'callable':
      return new LoadError(
        `${name}:${failed.attribute} is not callable (it is ${article(failed.type)}): name the WSGI application, a callable`,
      )
    case 'factory':
      return new LoadError(
        `${name}:${failed.attribute}() returned ${article(failed.type)}, which is not callable: it must return the application`,
      )
    case 'module': {
      const place = didYouMean(failed.name.replaceAll('.', '/'), spec.folder)
      return new LoadError(`no module named ${failed.name} in ${spec.folder} or in ${python}${place}`, failed.traceback)
    }
    case 'import':
      return new LoadError(
        `${name} imports ${failed.name}, which ${python} does not have: ` +
          `install it there, or choose another interpreter with --python PATH`,
        failed.traceback,
      )
    case 'raised': {
      const where = failed.file && failed.line ? ` (${basename(failed.file)}, line ${failed.line})` : ''
      const what = failed.message === '' ? failed.type : `${failed.type}: ${firstLine(failed.message)}`
      const hint = failed.type === 'SystemExit' ? ' — the module ends the program when it is imported' : ''
      return new LoadError(`${name} could not be loaded: ${what}${where}${hint}`, failed.traceback)
    }
  }
}

const article = (type: string): string => (type === 'NoneType' ? 'None' : `${/^[aeiou]/i.test(type) ? 'an' : 'a'} ${type}`)
const firstLine = (text: string): string => text.split('\n', 1)[0] ?? ''
