/** Answers with what it was given: environ and body. */
import { latin1Decode, latin1Encode } from '../bytes/latin1.ts'
import type { Application } from '../wsgi/application.ts'

export const app: Application = (environ, start) => {
  const strings: Record<string, string> = {}
  for (const key of Object.keys(environ).sort()) {
    const value = environ[key]
    if (typeof value === 'string') strings[key] = value
  }
  const body = latin1Decode(environ['wsgi.input'].read())
  const told = JSON.stringify({ body, environ: strings })
  start('200 OK', [['Content-Type', 'application/json']])
  return [latin1Encode(told.replace(/[^ -~]/g, unicode))]
}

/** JSON in ASCII alone, so that no one has to guess. */
function unicode(letter: string) {
  const hex = letter.charCodeAt(0).toString(16)
  return `\\u${hex.padStart(4, '0')}`
}
