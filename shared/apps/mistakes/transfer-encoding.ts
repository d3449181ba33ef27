/** The application does the chunking. */
import { latin1Encode } from '../../bytes/latin1.ts'
import type { Application } from '../../wsgi/application.ts'

const TEXT: [string, string][] = [['Content-Type', 'text/plain']]

export const app: (...given: Parameters<Application>) => unknown = (_, startResponse) => {
  startResponse('200 OK', [...TEXT, ['Transfer-Encoding', 'chunked']])
  return [latin1Encode('6\r\nHello\n\r\n0\r\n\r\n')]
}

export const fixed: Application = (_, startResponse) => {
  startResponse('200 OK', TEXT)
  return [latin1Encode('Hello\n')]
}
