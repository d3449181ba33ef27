/** Applications inside applications: what each layer changed, and where the stack of a call goes through them. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { pythonWith } from './testing/interpreter.ts'
import { type Served, serve } from './testing/served.ts'

const FOLDER = fileURLToPath(new URL('testing/stacks', import.meta.url))
const STACK = join(FOLDER, 'stack.py')
const SOURCE = readFileSync(STACK, 'utf8').split('\n')
const lineOf = (text: string): number => SOURCE.findIndex((line) => line.includes(text)) + 1

const AS_A_PROXY_SAYS = [
  ...['X-Forwarded-For: 203.0.113.7', 'X-Forwarded-Proto: https', 'X-Forwarded-Host: shop.example'],
  ...['X-Forwarded-Port: 8443', 'X-Forwarded-Prefix: /pre'],
].flatMap((header) => ['-H', header])

const python = pythonWith('flask', 'werkzeug')

describe.skipIf(python === null)('a stack of middleware', () => {
  let stack: Served
  beforeAll(async () => {
    stack = await serve('stack:app', FOLDER, python ?? '')
  })
  afterAll(() => stack.close())

  test('what ProxyFix and DispatcherMiddleware changed is shown, before and after', async () => {
    const { text, exchange } = await stack.curl('/shop/where?q=1', ...AS_A_PROXY_SAYS)
    expect(JSON.parse(text)).toEqual({
      script: '/pre/shop',
      path: '/where',
      remote: '203.0.113.7',
      url: 'https://shop.example:8443/pre/shop/where?q=1',
    })
    expect(exchange.changes).toMatchObject({
      REMOTE_ADDR: ["'127.0.0.1'", "'203.0.113.7'"],
      HTTP_HOST: [`'127.0.0.1:${stack.port}'`, "'shop.example:8443'"],
      SERVER_NAME: ["'127.0.0.1'", "'shop.example'"],
      SERVER_PORT: [`'${stack.port}'`, "'8443'"],
      'wsgi.url_scheme': ["'http'", "'https'"],
      SCRIPT_NAME: ["''", "'/pre/shop'"],
      PATH_INFO: ["'/shop/where'", "'/where'"],
    })
    expect(Object.keys(exchange.changes)).not.toContain('QUERY_STRING')
    expect(exchange.findings).toEqual([])
  })

  test('without a proxy, only what mounting changes is changed', async () => {
    const { text, exchange } = await stack.curl('/plain/a/b')
    expect(text).toBe('plain at /plain, /a/b\n')
    expect(exchange.changes).toMatchObject({ SCRIPT_NAME: ["''", "'/plain'"], PATH_INFO: ["'/plain/a/b'", "'/a/b'"] })
    expect(Object.keys(exchange.changes).filter((key) => !key.includes('.'))).toEqual(['SCRIPT_NAME', 'PATH_INFO'])
    expect(exchange.answered).toBe('application 200')
  })

  test('a header that was stamped on is among those that start_response was given', async () => {
    const { headers, exchange } = await stack.curl('/plain/')
    expect(headers.get('x-stamp')).toBe('the outermost')
    expect(exchange.one('app.startResponse').headers.at(-1)).toEqual(['X-Stamp', 'the outermost'])
  })

  test('the stack of start_response has every own line that it goes through, innermost first', async () => {
    const plain = await stack.curl('/plain/')
    const stamping = `stack.py:${lineOf('return start_response')} `
    const outer = `stack.py:${lineOf('return self.app(environ, stamping)')} `
    expect(plain.exchange.calledFrom).toEqual([
      expect.stringContaining(stamping),
      `stack.py:${lineOf('start_response("200 OK"')} plain`,
      '2 of werkzeug',
      expect.stringContaining(outer),
    ])
    const flask = await stack.curl('/where')
    expect(flask.exchange.calledFrom).toEqual([
      expect.stringContaining(stamping),
      expect.stringMatching(/^\d of werkzeug, flask$/),
      expect.stringContaining(outer),
    ])
  })

  test.each([
    ['app', 'Stamp.__call__', 'def __call__'],
    ['mounted', 'DispatcherMiddleware.__call__', 'mounted ='],
    ['proxied', 'ProxyFix.__call__', 'proxied ='],
    ['shop', 'Flask.__call__', 'shop ='],
    ['plain', 'plain', 'def plain'],
  ])('%s is shown in the file of the person who made it', async (name, callable, text) => {
    const served = await serve(`stack:${name}`, FOLDER, python ?? '')
    expect(served.running.app).toMatchObject({ callable, file: STACK, line: lineOf(text) })
    await served.close()
  })
})
