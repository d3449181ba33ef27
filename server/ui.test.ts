import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { request } from 'node:http'
import { connect } from 'node:net'
import { networkInterfaces, tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { startServer, until } from './testing/harness.ts'

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

describe('what the build has compressed is sent so to whoever takes it', () => {
  const ASSET = '/assets/index-abc123.js'

  /** The built page, with its asset in every coding; the bodies say which. */
  function codedPage(): string {
    const web = builtPage()
    writeFileSync(join(web, `${ASSET}.br`), 'in br')
    writeFileSync(join(web, `${ASSET}.gz`), 'in gzip')
    return web
  }

  test.each([
    ['gzip, deflate, br, zstd', 'br', 'in br'],
    ['gzip;q=1, br;q=0.1', 'gzip', 'in gzip'],
    ['deflate', undefined, 'export {}'],
    ['', undefined, 'export {}'],
  ])('Accept-Encoding: %s', async (accept, coding, body) => {
    const { uiPort } = await startServer('hello.ts', { webFolder: codedPage() })
    const answer = await ask(uiPort, ASSET, { 'Accept-Encoding': accept })
    expect(answer).toMatchObject({ status: 200, body })
    expect(answer.headers['content-encoding']).toBe(coding)
    expect(answer.headers).toMatchObject({
      vary: 'Accept-Encoding',
      'content-type': 'text/javascript; charset=utf-8',
      'content-length': String(body.length),
      'cache-control': 'public, max-age=31536000, immutable',
    })
  })

  test('each coding has a tag of its own, HEAD says what GET sends, and who has it is told so', async () => {
    const { uiPort } = await startServer('hello.ts', { webFolder: codedPage() })
    const tags = new Set<string>()
    for (const coding of ['br', 'gzip', 'identity']) {
      const accept = { 'Accept-Encoding': coding }
      const whole = await ask(uiPort, ASSET, accept)
      const head = await ask(uiPort, ASSET, accept, 'HEAD')
      const tag = String(whole.headers.etag)
      tags.add(tag)
      expect(head.body).toBe('')
      const { date: _, ...said } = head.headers
      expect(whole.headers).toMatchObject(said)
      const again = await ask(uiPort, ASSET, { ...accept, 'If-None-Match': `"other", W/${tag}` })
      expect(again).toMatchObject({ status: 304, body: '', headers: { vary: 'Accept-Encoding', etag: tag } })
    }
    expect(tags.size).toBe(3)
  })

  test('who takes nothing that there is is refused', async () => {
    const { uiPort } = await startServer('hello.ts', { webFolder: codedPage() })
    expect(await ask(uiPort, ASSET, { 'Accept-Encoding': 'zstd, *;q=0' })).toMatchObject({
      status: 406,
      body: `${ASSET} comes as it is or in br or in gzip\n`,
    })
  })

  test.each([`${ASSET}.br`, `${ASSET}.gz`])('%s is no file of the page', async (path) => {
    const { uiPort } = await startServer('hello.ts', { webFolder: codedPage() })
    expect((await ask(uiPort, path)).status).toBe(404)
  })
})

describe('a page elsewhere cannot make this server work or tell', () => {
  const page = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' }
  const image = { 'Sec-Fetch-Mode': 'no-cors', 'Sec-Fetch-Dest': 'image' }

  test.each([
    ['/api/exchanges/1.har', 'cross-site', image, 403],
    ['/api/exchanges/1.har', 'cross-site', page, 403],
    ['/api/exchanges/1.har', 'same-site', image, 403],
    ['/api/exchanges/1.har', 'same-origin', page, 404],
    ['/api/exchanges/1.har', 'none', page, 404],
    ['/healthz', 'cross-site', image, 403],
    ['/assets/index-abc123.js', 'cross-site', image, 403],
    ['/assets/index-abc123.js', 'same-origin', image, 200],
    ['/', 'cross-site', page, 200],
    ['/', 'cross-site', { ...page, 'Sec-Fetch-Dest': 'iframe' }, 403],
    ['/', 'same-site', image, 403],
    ['/', 'none', page, 200],
    ['/', 'nonsense', image, 403],
  ])('%s for a page that is %s: %j', async (path, site, more, status) => {
    const { uiPort } = await startServer('hello.ts', { webFolder: builtPage() })
    const answer = await ask(uiPort, path, { 'Sec-Fetch-Site': site, ...more })
    expect(answer.status).toBe(status)
    if (status === 403) {
      expect(answer.body).toBe(`a page elsewhere asks (Sec-Fetch-Site: "${site}"): only the page of this server may\n`)
    }
  })
})

describe('the page is for this machine alone, unless asked for', () => {
  test('--host opens the gateway to others, with a warning, and not the page', async () => {
    const server = await startServer('hello.ts', '--host', '0.0.0.0')
    expect(server.ui).toBe(`http://127.0.0.1:${server.uiPort}`)
    expect((await ask(server.uiPort, '/healthz')).status).toBe(200)
    expect(server.lines.filter((line) => line.startsWith('warning'))).toEqual([
      'warning: --host 0.0.0.0: whoever reaches this machine can send requests to the application; the page is for this machine alone (--ui-host)',
    ])
    const other = Object.values(networkInterfaces())
      .flatMap((addresses) => addresses ?? [])
      .find(({ family, internal }) => family === 'IPv4' && !internal)
    if (other === undefined) return
    const reached = connect({ port: server.uiPort, host: other.address })
    expect(await once(reached, 'error')).toMatchObject([{ code: 'ECONNREFUSED' }])
  })

  test('--ui-host opens the page, with a warning', async () => {
    const server = await startServer('hello.ts', '--ui-host', '0.0.0.0')
    expect(server.http).toMatch(/^http:\/\/127\.0\.0\.1:/)
    expect(server.lines.filter((line) => line.startsWith('warning'))).toEqual([
      'warning: --ui-host 0.0.0.0: whoever reaches this machine sees every request, with its passwords and cookies; no page may send requests',
    ])
  })

  test('without either, nothing is warned of', async () => {
    const { lines } = await startServer('hello.ts', '--host', 'localhost')
    expect(lines.filter((line) => line.startsWith('warning'))).toEqual([])
  })
})

test('more exports than may be made at a time are refused, until one has left', async () => {
  const server = await startServer('hello.ts')
  await (await fetch(`http://127.0.0.1:${server.port}/`)).text()
  await until(() => server.log.totals.answered === 1)
  const asks = Array.from({ length: 20 }, () => () => ask(server.uiPort, '/api/exchanges/1.har'))
  const statuses = await until(async () => {
    const answers = await Promise.all(asks.map((one) => one()))
    const refused = answers.filter(({ status }) => status === 503)
    for (const { headers, body } of refused) {
      expect([headers['retry-after'], body]).toEqual(['1', '8 exports are under way: wait for one of them\n'])
    }
    return refused.length > 0 && answers.map(({ status }) => status)
  })
  expect(statuses.filter((status) => status === 200).length).toBeGreaterThanOrEqual(8)
  expect((await ask(server.uiPort, '/api/exchanges/1.har')).status).toBe(200)
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
