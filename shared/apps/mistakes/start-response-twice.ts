/** start_response again, without the error. */
import { latin1Encode } from '../../bytes/latin1.ts'
import type { Application } from '../../wsgi/application.ts'

const TEXT: [string, string][] = [['Content-Type', 'text/plain']]

export const app: (...given: Parameters<Application>) => unknown = (_, startResponse) => {
  startResponse('200 OK', TEXT)
  startResponse('500 Oops', TEXT)
  return [latin1Encode('Oops\n')]
}

export const fixed: Application = (_, startResponse) => {
  startResponse('200 OK', TEXT)
  startResponse('500 Oops', TEXT, new Error('no'))
  return [latin1Encode('Oops\n')]
}
