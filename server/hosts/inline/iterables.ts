/** What a TypeScript application returned, as far as it is one of the things that may be. */
import type { WsgiIterable } from '../../../shared/wsgi/application.ts'

export const isSync = (value: WsgiIterable): value is Iterable<Uint8Array> => Symbol.iterator in value

export const isIterator = (value: unknown): value is Iterator<unknown> | AsyncIterator<unknown> =>
  typeof value === 'object' && value !== null

export function isIterable(value: unknown): value is WsgiIterable {
  return typeof value === 'object' && value !== null && (Symbol.iterator in value || Symbol.asyncIterator in value)
}

/** As Python's len(); null where it has none. */
export function lengthOf(value: unknown): number | null {
  if (Array.isArray(value) || typeof value === 'string') return value.length
  const length: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'length') : null
  return typeof length === 'number' ? length : null
}
