/** A module that could be loaded and has no usable callable: one line that says so, for either language. */

import { LoadError } from '../../shared/gateway/host.ts'
import { type AppSpec, nearNames } from './appSpec.ts'

/** Names that people give to what makes an application. */
const FACTORY = /^(create|make|get|build)_?(wsgi_?)?(app|application)$|^(app|application)_?factory$/i

export const isFactoryName = (name: string): boolean => FACTORY.test(name)

/** `has` are the callables that the module does have. */
export function noAttribute(module: string, spec: AppSpec, has: string[]): LoadError {
  const wanted = spec.attributes.map((attribute) => `'${attribute}'`).join(' or ')
  const there = has.length === 0 ? 'it has no callable at all' : `it has: ${has.join(', ')}`
  const [near] = spec.attributes.flatMap((attribute) => nearNames(attribute, has))
  const call = spec.call === null ? '' : `(${spec.call})`
  // One that was named is misspelled; where none was, a factory is what there is.
  const factory = spec.attributes.length > 1 ? has.find(isFactoryName) : undefined
  const meant = factory === undefined ? near && `${near}${call}` : `${factory}()`
  const hint = meant === undefined ? '' : ` — did you mean ${module}:${meant}?`
  return new LoadError(`${module} has no attribute ${wanted}; ${there}${hint}`)
}

export const notCallable = (module: string, attribute: string, type: string): LoadError =>
  new LoadError(`${module}:${attribute} is not callable, it is ${article(type)}: name the WSGI application, a callable`)

/** `call`: what it was called with. */
export const notFactory = (module: string, attribute: string, call: string, type: string): LoadError =>
  new LoadError(
    `${module}:${attribute}(${call}) returned ${article(type)}, not a callable: it must return the application`,
  )

/** `name`: `app.py:create_app`. */
export const notLiterals = (name: string, call: string): LoadError =>
  new LoadError(
    `${name}(${call}) cannot be called: what a factory is given must be literals, ` +
      "such as 'dev', 8, [1, 2], or debug=True in Python",
  )

/** Why WSGI cannot call something that can be called. */
export type Unfit = 'asgi' | 'coroutine' | 'asyncGenerator' | 'asyncFactory' | 'factory' | 'arguments'

/** `name`: `app.py:app`, or `app.py:create_app('dev')` for what that made; `takes`: `(scope, receive, send)`. */
export function unfit(name: string, kind: Unfit, takes: string, type: string): LoadError {
  const wsgi = 'the WSGI application, which is called with (environ, start_response)'
  switch (kind) {
    case 'asgi': {
      const django = type === 'ASGIHandler' ? " (Django's is in its wsgi.py)" : ''
      return new LoadError(
        `${name} is an ASGI application, called with ${takes}, which no WSGI server can do: name a WSGI application` +
          `${django}, wrap it with a2wsgi.ASGIMiddleware, or serve it with an ASGI server such as uvicorn`,
      )
    }
    case 'coroutine':
      return new LoadError(`${name} is an async function, which no WSGI server can call: write it without async`)
    case 'asyncGenerator':
      return new LoadError(`${name} is an async generator, which no WSGI server can iterate: write it without async`)
    case 'asyncFactory':
      return new LoadError(`${name} is an async function: what makes the application must return it, without await`)
    case 'factory':
      return new LoadError(
        `${name} can be called without arguments: ` + `if it makes the application, write ${name}(); else name ${wsgi}`,
      )
    case 'arguments':
      return new LoadError(
        `${name} takes ${takes}: name ${wsgi}, or write ${name}(…) with its arguments if it makes the application`,
      )
  }
}

const article = (type: string): string =>
  type === 'NoneType' || type === 'None' ? 'None' : `${/^[aeiou]/i.test(type) ? 'an' : 'a'} ${type}`
