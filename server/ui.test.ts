import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { startServer } from './testing/harness.ts'

/** A built page, as small as one can be, and a secret beside it. */
function builtPage(): string {
  const folder = mkdtempSync(join(tmpdir(), 'edges-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const web = join(folder, 'web')
  mkdirSync(join(web, 'assets'), { recursive: true })
  const meta = '<meta name="csp-nonce" content="__CSP_NONCE__">'
  writeFileSync(join(web, 'index.html'), `<!doctype html>${meta}<style nonce="__CSP_NONCE__"></style>`)
  writeFileSync(join(web, 'assets', 'index-abc123.js'), 'export {}')
  writeFileSync(join(web, 'favicon.svg'), '<svg xmlns="http://www.w3.org/2000/svg"/>')
  writeFileSync(join(folder, 'secret'), 'secret')
  symlinkSync(join(folder, 'secret'), join(web, 'link'))
  return web
}

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: string
}

/** A request whose path goes out as it is. */
function ask(port: number, path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, path, method, headers }, (response) => {
      let body = ''
      response.setEncoding('utf8')
      response.on('data', (text: string) => {
        body += text
      })
      response.on('end', () => resolve({ status: response.statusCode ?? 0, headers: response.headers, body }))
    })
    asked.on('error', reject)
    asked.end()
  })
}

test('the page has a nonce of its own in every response, and a policy that names it', async () => {
  const { uiPort } = await startServer('hello.ts', { webFolder: builtPage() })
  const [first, second] = [await ask(uiPort, '/'), await ask(uiPort, '/index.html')]
  const nonceOf = ({ body }: Answer) => /content="([^"]+)"/.exec(body)?.[1]
  expect(nonceOf(first)).toMatch(/^[A-Za-z0-9+/]{22}==$/)
  expect(nonceOf(second)).not.toBe(nonceOf(first))
  expect(first.body).toContain(`<style nonce="${nonceOf(first)}">`)
  expect(first.headers['content-security-policy']).toBe(
    `default-src 'none'; script-src 'self'; style-src 'self' 'nonce-${nonceOf(first)}'; font-src 'self'; img-src 'self' data:; connect-src 'self' ws://127.0.0.1:${uiPort}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'`,
  )
  expect(first.headers).toMatchObject({
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
    'content-type': 'text/html; charset=utf-8',
  })
})

test('what is named after its content is kept for good, the rest is asked for again', async () => {
  const { uiPort } = await startServer('hello.ts', { webFolder: builtPage() })
  const hashed = await ask(uiPort, '/assets/index-abc123.js')
  const icon = await ask(uiPort, '/favicon.svg')
  const again = await ask(uiPort, '/favicon.svg', { 'If-None-Match': String(icon.headers.etag) })
  expect(hashed).toMatchObject({
    status: 200,
    body: 'export {}',
    headers: {
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
    },
  })
  expect(icon.headers).toMatchObject({ 'cache-control': 'no-cache', 'content-type': 'image/svg+xml' })
  expect(again).toMatchObject({ status: 304, body: '' })
})

test.each([
  '/../secret',
  '/..%2fsecret',
  '/%2e%2e/secret',
  '/assets/../../secret',
  '/..%5csecret',
  '/link',
  '/assets',
  '/%00',
  '/%zz',
  '/nothing.js',
])('%s is not served', async (path) => {
  const { uiPort } = await startServer('hello.ts', { webFolder: builtPage() })
  const answer = await ask(uiPort, path)
  expect(answer).toMatchObject({ status: 404, body: `there is no ${path}\n` })
})

test('without a built page, the answer says how to build it', async () => {
  const { uiPort } = await startServer('hello.ts')
  const answer = await ask(uiPort, '/')
  expect(answer.status).toBe(200)
  expect(answer.body).toContain('npm run build')
})

test('/healthz says that all is well', async () => {
  const { uiPort, run, version } = await startServer('hello.ts')
  const answer = await ask(uiPort, '/healthz')
  expect(answer.status).toBe(200)
  expect(JSON.parse(answer.body)).toEqual({ status: 'ok', run, version })
})

test.each([
  [403, '/', { Host: 'evil.example' }, 'GET'],
  [403, '/healthz', { Origin: 'http://evil.example' }, 'GET'],
  [405, '/', {}, 'POST'],
  [404, '/api/exchanges/1.har', {}, 'GET'],
  [404, '/api/exchanges/1.zip', {}, 'GET'],
  [404, '/api/', {}, 'GET'],
])('%i for %s with %j and %s', async (status, path, headers, method) => {
  const { uiPort } = await startServer('hello.ts')
  const answer = await ask(uiPort, path, headers, method)
  expect(answer.status).toBe(status)
  expect(answer.headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8' })
  expect(answer.body.trim().split('\n')).toHaveLength(1)
})
