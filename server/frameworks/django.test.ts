/** A Django project as startproject makes one, behind the real server. */
import { createHash } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openClient, until } from '../testing/harness.ts'
import { ADMIN, makeDjangoProject } from './testing/djangoProject.ts'
import { pythonWith } from './testing/interpreter.ts'
import { type Answer, type Served, serve } from './testing/served.ts'

const MEGABYTES = 100

const cookieIn = (answer: Answer, name: string): string =>
  new RegExp(`^${name}=([^;]+)`, 'm').exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? ''

/** Of the form in a page, as the browser would send it back. */
const tokenIn = (answer: Answer): string =>
  /name="csrfmiddlewaretoken" value="([^"]+)"/.exec(answer.text)?.[1] ?? 'no token'

const python = pythonWith('django')

describe.skipIf(python === null)('a Django project', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  /** A hundred megabytes, no two of them alike. */
  const large = join(folder, 'large.bin')
  let sha256 = ''
  let project = ''
  let site: Served
  beforeAll(async () => {
    project = makeDjangoProject(python ?? '', folder)
    const hash = createHash('sha256')
    const block = Buffer.alloc(1_000_000, 'numbers')
    for (let n = 0; n < MEGABYTES; n++) {
      block.writeUInt32LE(n, n * 4)
      writeFileSync(large, block, { flag: 'a' })
      hash.update(block)
    }
    sha256 = hash.digest('hex')
    site = await serve('mysite.wsgi', project, python ?? '')
  })
  afterAll(async () => {
    await site.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test('the application is shown where wsgi.py makes it', async () => {
    const file = join(project, 'mysite', 'wsgi.py')
    const line = readFileSync(file, 'utf8').split('\n').indexOf('application = get_wsgi_application()') + 1
    expect(site.running.app).toMatchObject({
      spec: 'mysite.wsgi:application',
      callable: 'WSGIHandler.__call__',
      file,
      line,
    })
    const { exchange } = await site.curl('/')
    expect(exchange.one('app.called')).toMatchObject({ file, line })
    expect(exchange.one('app.startResponse').stack).toEqual([{ folded: 1, of: ['django'] }])
  })

  test('the file of its wsgi.py will do as well: it is imported as part of its package', async () => {
    const served = await serve('mysite/mysite/wsgi.py:application', folder, python ?? '')
    const { text, exchange } = await served.curl('/')
    await served.close()
    expect([text, exchange.answered]).toEqual(['the guestbook\n', 'application 200'])
  })

  test.each([
    ['a view', '/', [], 200, 'the guestbook\n'],
    ['a path without its slash', '/signed', [], 301, ''],
    ['a path that there is not', '/a/b/c/', [], 404, /Page not found/],
    ['HEAD', '/', ['--head'], 200, ''],
    ['a host that it does not serve', '/', ['-H', 'Host: elsewhere.example'], 400, /DisallowedHost/],
    ['an exception in a view', '/broken/', [], 500, /ZeroDivisionError/],
    ['a form without its token', '/sign/', ['-d', 'name=Ada&text=hello'], 403, /CSRF verification failed/],
  ] as const)('%s is answered by the application, and nothing is found', async (_, path, args, status, text) => {
    const answer = await site.curl(path, ...args)
    if (typeof text === 'string') expect(answer.text).toBe(text)
    else expect(answer.text).toMatch(text)
    expect(answer.status).toBe(status)
    expect(answer.exchange.answered).toBe(`application ${status}`)
    expect(answer.exchange.findings).toEqual([])
  })

  test('an exception in a view is told with its own line, and a view that answers with the line that returned', async () => {
    const views = join(project, 'guestbook', 'views.py')
    const source = readFileSync(views, 'utf8').split('\n')
    const lineOf = (text: string) => source.findIndex((line) => line.includes(text)) + 1
    const broken = (await site.curl('/broken/')).exchange
    const caught = broken.one('app.caught')
    expect(caught).toMatchObject({ type: 'ZeroDivisionError' })
    expect(caught.stack[0]).toEqual({ file: views, line: lineOf('1 // 0'), function: 'broken' })
    expect(caught.stack.slice(1)).toEqual([{ folded: expect.any(Number), of: ['django'] }])
    expect(site.events.some((event) => event.kind === 'app.source' && event.file === views)).toBe(true)
    const index = (await site.curl('/')).exchange
    expect(index.one('app.startResponse').answer).toMatchObject({ file: views, line: lineOf('the guestbook') })
    expect(index.all('app.caught')).toEqual([])
  })

  test('the administration lets in who sends the form back with its token and its cookie', async () => {
    const page = await site.curl('/admin/login/?next=/admin/')
    expect(page.status).toBe(200)
    const form = { csrfmiddlewaretoken: tokenIn(page), ...ADMIN, next: '/admin/' }
    const login = await site.curl(
      '/admin/login/?next=/admin/',
      ...['-H', `Cookie: csrftoken=${cookieIn(page, 'csrftoken')}`, '-d', new URLSearchParams(form).toString()],
    )
    expect([login.status, login.headers.get('location')]).toEqual([302, '/admin/'])
    const session = cookieIn(login, 'sessionid')
    const index = await site.curl('/admin/', '-H', `Cookie: sessionid=${session}`)
    expect(index.status).toBe(200)
    expect(index.text).toContain('Site administration')
    expect(index.text).toMatch(new RegExp(`<strong>${ADMIN.username}</strong>`, 'i'))
    const stranger = await site.curl('/admin/')
    expect([stranger.status, stranger.headers.get('location')]).toEqual([302, '/admin/login/?next=/admin/'])

    const given = login.exchange.one('app.startResponse').headers.map(([name]) => name)
    expect(given.filter((name) => name === 'Set-Cookie')).toHaveLength(2)
    expect(login.exchange.changes).toMatchObject({ CSRF_COOKIE_USED: [null, 'True'] })
    for (const { exchange } of [page, login, index, stranger]) {
      expect(exchange.answered).toMatch(/^application /)
      expect(exchange.findings).toEqual([])
    }
  })

  test('a form with its token is taken, and the session remembers it', async () => {
    const page = await site.curl('/sign/')
    const token = cookieIn(page, 'csrftoken')
    const form = new URLSearchParams({ csrfmiddlewaretoken: tokenIn(page), name: 'Ada', text: 'hello' }).toString()
    const sent = await site.curl('/sign/', '-H', `Cookie: csrftoken=${token}`, '-d', form)
    expect([sent.status, sent.headers.get('location')]).toEqual([302, '/signed/'])
    const read = await site.curl('/signed/', '-H', `Cookie: sessionid=${cookieIn(sent, 'sessionid')}`)
    expect(read.text).toBe('signed by Ada\n')
  })

  test('it rewrites PATH_INFO as text that is not latin-1, and that is found', async () => {
    const { text, exchange } = await site.curl('/%E4%BD%A0/')
    expect(text).toBe('hello, 你\n')
    expect(exchange.changes).toMatchObject({ PATH_INFO: ["'/ä½\\xa0/'", "'/你/'"] })
    expect(exchange.findings).toEqual(['environ-not-native'])
  })

  test('static files come from the handler that runserver wraps around it', async () => {
    const served = await serve('mysite.wsgi:with_static', project, python ?? '')
    const css = await served.curl('/static/admin/css/base.css')
    const none = await served.curl('/static/admin/css/none.css')
    const known = await served.curl('/static/admin/css/base.css', '-H', `If-Modified-Since: ${css.headers.get('date')}`)
    const page = await served.curl('/')
    await served.close()
    expect(css.text).toContain('DJANGO Admin styles')
    expect([css.headers.get('content-type'), css.headers.get('content-length')]).toEqual([
      'text/css',
      `${css.body.length}`,
    ])
    expect([none.status, known.status, page.text]).toEqual([404, 304, 'the guestbook\n'])
    for (const { exchange } of [css, none, known, page]) {
      expect(exchange.answered).toMatch(/^application /)
      expect(exchange.findings).toEqual([])
    }
    expect(served.running.app).toMatchObject({ callable: 'StaticFilesHandler.__call__', line: expect.any(Number) })
  })

  test('a stream is sent piece by piece, while it runs', async () => {
    const go = join(folder, 'go')
    const id = site.requests + 1
    const client = await openClient(site.port)
    client.send(`GET /stream/?go=${go} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n`)
    await until(() => client.received.includes('two\n'))
    expect(client.received).not.toContain('three')
    writeFileSync(go, '')
    await client.ended
    expect(client.received).toMatch(/\r\nthree\n\r\n0\r\n\r\n$/)
    const exchange = await site.exchange(id)
    expect(exchange.all('app.yielded').map(({ length }) => length)).toEqual([4, 4, 6])
    expect(exchange.findings).toEqual([])
  })

  test(`an upload of ${MEGABYTES} MB is held in a file, and is what was sent`, async () => {
    const { text, exchange } = await site.curl('/upload/', '-F', `file=@${large}`)
    expect(JSON.parse(text)).toEqual({
      name: 'large.bin',
      held: 'TemporaryUploadedFile',
      size: MEGABYTES * 1_000_000,
      sha256,
    })
    expect(exchange.one('request.body').length).toBeGreaterThan(MEGABYTES * 1_000_000)
    expect(exchange.findings).toEqual([])
  })

  test(`a download of ${MEGABYTES} MB is the file`, async () => {
    const { body, headers, exchange } = await site.curl(`/download/?path=${large}`)
    expect(createHash('sha256').update(body).digest('hex')).toBe(sha256)
    expect(headers.get('content-length')).toBe(`${MEGABYTES * 1_000_000}`)
    expect(exchange.answered).toBe('application 200')
    expect(exchange.findings).toEqual([])
  })
})
