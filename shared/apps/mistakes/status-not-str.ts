/** The status is a number. */
import { latin1Encode } from '../../bytes/latin1.ts'
import type { Application } from '../../wsgi/application.ts'

const TEXT: [string, string][] = [['Content-Type', 'text/plain']]

export const app: (...given: Parameters<Application>) => unknown = (_, startResponse) => {
  Reflect.apply(startResponse, null, [200, TEXT])
  return [latin1Encode('Hello\n')]
}

export const fixed: Application = (_, startResponse) => {
  startResponse('200 OK', TEXT)
  return [latin1Encode('Hello\n')]
}
