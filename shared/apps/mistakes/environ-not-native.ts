/** A number in the environ. */
import { latin1Encode } from '../../bytes/latin1.ts'
import type { Application } from '../../wsgi/application.ts'

const TEXT: [string, string][] = [['Content-Type', 'text/plain']]

export const app: (...given: Parameters<Application>) => unknown = (environ, startResponse) => {
  environ.HTTP_X_VISITS = 7
  startResponse('200 OK', TEXT)
  return [latin1Encode('Hello\n')]
}

export const fixed: Application = (environ, startResponse) => {
  environ.HTTP_X_VISITS = '7'
  startResponse('200 OK', TEXT)
  return [latin1Encode('Hello\n')]
}
