/** The smallest useful application, in TypeScript. */
import { latin1Encode } from '../bytes/latin1.ts'
import type { Application } from '../wsgi/application.ts'

export const app: Application = (environ, start) => {
  const name = find(environ.QUERY_STRING, 'name')
  let body = `Hello, ${name ?? 'world'}!\n`
  if (environ.REQUEST_METHOD === 'POST') {
    const sent = environ['wsgi.input'].read()
    body += `You sent ${sent.length} bytes.\n`
  }
  const type = 'text/plain; charset=utf-8'
  start('200 OK', [['Content-Type', type]])
  return [latin1Encode(body)]
}

/** One value of a query, one character a byte. */
function find(query: string, key: string) {
  for (const field of query.split('&')) {
    const [found, value = ''] = field.split('=')
    if (found === key) return decode(value)
  }
  return undefined
}

function decode(value: string) {
  const spaced = value.replaceAll('+', ' ')
  return spaced.replace(/%([0-9a-f]{2})/gi, (_, hex) => {
    return String.fromCharCode(Number.parseInt(hex, 16))
  })
}
