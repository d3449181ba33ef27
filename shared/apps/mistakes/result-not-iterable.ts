/** Nothing is returned. */
import type { Application } from '../../wsgi/application.ts'

const TEXT: [string, string][] = [['Content-Type', 'text/plain']]

export const app: (...given: Parameters<Application>) => unknown = (_, startResponse) => {
  startResponse('200 OK', TEXT)
}

export const fixed: Application = (_, startResponse) => {
  startResponse('200 OK', TEXT)
  return []
}
