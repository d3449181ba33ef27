/** Answers of every framing, and some that must not go out: the twin of answers.py. */
import type { Application, Header } from '../../../shared/wsgi/application.ts'

const PLAIN: Header = ['Content-Type', 'text/plain']
const OK = '200 OK'
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text))

/** By path: status, headers, what is returned. */
const ANSWERS: Record<string, [status: string, headers: Header[], body: string[]]> = {
  '/one': [OK, [PLAIN], ['abc']],
  '/nothing': [OK, [PLAIN], []],
  '/no-content': ['204 No Content', [['Content-Length', '3']], ['abc']],
  '/not-modified': ['304 Not Modified', [['Content-Length', '7']], ['abc']],
  '/too-long': [OK, [PLAIN, ['Content-Length', '3']], ['abc', 'Injected: 1']],
  '/too-short': [OK, [PLAIN, ['Content-Length', '9']], ['abc']],
  '/bad-length': [OK, [PLAIN, ['Content-Length', '+3']], ['abc']],
  '/two-lengths': [
    OK,
    [
      ['Content-Length', '3'],
      ['Content-Length', '4'],
    ],
    ['abc'],
  ],
  '/cr-lf-value': [OK, [['X-A', 'a\r\nInjected: 1']], []],
  '/lf-value': [OK, [['X-A', 'a\nInjected: 1']], []],
  '/cr-value': [OK, [['X-A', 'a\rInjected: 1']], []],
  '/nul-value': [OK, [['X-A', 'a\0Injected: 1']], []],
  '/cr-lf-name': [OK, [['X-A: 1\r\nInjected', '1']], []],
  '/blank-name': [OK, [['X-A Injected', '1']], []],
  '/cr-lf-status': ['200 OK\r\nInjected: 1', [], []],
  '/lf-status': ['200 OK\nInjected: 1', [], []],
  '/wide-value': [OK, [['X-A', 'a\u010d\u010aInjected: 1']], []],
  '/hop-by-hop': [OK, [['Connection', 'Injected']], []],
  '/transfer-encoding': [OK, [['Transfer-Encoding', 'Injected']], []],
}

export const app: Application = (environ, start) => {
  if (environ.PATH_INFO === '/stream') {
    start(OK, [PLAIN])
    return (function* () {
      for (const piece of ['abc', '', 'de']) yield bytes(piece)
    })()
  }
  if (environ.PATH_INFO === '/write') {
    start(OK, [PLAIN])(bytes('abc'))
    return [bytes('de')]
  }
  const [status, headers, body] = ANSWERS[environ.PATH_INFO] ?? ['404 Not Found', [], []]
  start(status, headers)
  return body.map(bytes)
}
