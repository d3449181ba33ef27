/** Answers with as many chunks as the query says, `x` each. */
import type { Application } from '../shared/wsgi/application.ts'

export const app: Application = function* (environ, startResponse) {
  startResponse('200 OK', [['Content-Type', 'text/plain']])
  for (let left = Number(environ['QUERY_STRING']); left > 0; left--) yield new Uint8Array([0x78])
}
