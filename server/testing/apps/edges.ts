/** Applications for the tests of the edges: each stands still, or runs on, where a test needs it to. */
import { existsSync } from 'node:fs'
import type { Application } from '../../../shared/wsgi/application.ts'

const PLAIN: [string, string][] = [['Content-Type', 'text/plain']]
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))

/** Answers when the file that the query names exists. */
export const gated: Application = async (environ, start) => {
  while (!existsSync(environ.QUERY_STRING)) await new Promise((resolve) => setTimeout(resolve, 2))
  start('200 OK', PLAIN)
  return [bytes('the gate is open\n')]
}

/** Sends 16 KiB chunks for as long as somebody takes them; says in the log when it was closed. */
export const endless: Application = (environ, start) => {
  start('200 OK', PLAIN)
  const chunk = bytes('x'.repeat(16 * 1024))
  const errors = environ['wsgi.errors']
  return {
    *[Symbol.iterator]() {
      for (;;) yield chunk
    },
    close: () => errors.write('closed\n'),
  }
}

/** As many bytes as the query says, in one chunk. */
export const large: Application = (environ, start) => {
  start('200 OK', PLAIN)
  return [
    bytes('0123456789'.repeat(Math.ceil(Number(environ.QUERY_STRING) / 10)).slice(0, Number(environ.QUERY_STRING))),
  ]
}

/** Tells a secret, and prints the one it was told. */
export const indiscreet: Application = (environ, start) => {
  start('200 OK', [...PLAIN, ['Set-Cookie', 'session=s3cr3t-of-the-server; HttpOnly']])
  return [bytes(`cookie ${String(environ.HTTP_COOKIE)}\n`)]
}
