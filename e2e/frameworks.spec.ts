/** Applications of frameworks on the screen: whose file is shown, who called start_response, what middleware changed. */
import { fileURLToPath } from 'node:url'
import { ADMIN, makeDjangoProject } from '../server/frameworks/testing/djangoProject.ts'
import { pythonWith } from '../server/frameworks/testing/interpreter.ts'
import { curl } from './clients.ts'
import { layoutFaults } from './layout.ts'
import type { ScopePage } from './scopePage.ts'
import { expect, test } from './test.ts'

const appsOf = (framework: string): string =>
  fileURLToPath(new URL(`../server/frameworks/testing/${framework}`, import.meta.url))

/** Goes to the end of the beat that a caption belongs to. */
async function beatOf(scope: ScopePage, caption: string): Promise<void> {
  for (let beat = 1; beat <= (await scope.beats()); beat++) {
    await scope.seek(beat)
    if ((await scope.caption.textContent())?.includes(caption)) return
  }
  throw new Error(`no beat says ${caption}`)
}

/** What is wrong with the cards. The strip of exchanges may have more of them than it has room for: it scrolls. */
const cardFaults = async (scope: ScopePage): Promise<string[]> =>
  (await layoutFaults(scope.page)).filter((fault) => !/^cut off at the side: (GET |POST |\d{3}(, |$))/.test(fault))

/** The line that is marked in the application's source. */
const lineAtWork = (scope: ScopePage) => scope.card('Application').locator('.row-now')

test.describe('Flask', () => {
  const python = pythonWith('flask')
  test.skip(python === null, 'no python3 here can import flask')

  test('the file that makes the application is shown, and that its framework called start_response', async ({
    serve,
    scope,
  }) => {
    const server = await serve({ app: 'shop:app', cwd: appsOf('flask'), args: ['--python', python ?? ''] })
    await scope.open(server.ui)
    await curl('-d', 'user=ada&cart=tea', `${server.http}/login`)
    await scope.answered(['POST /login 303'])

    await beatOf(scope, 'The server called Flask.__call__()')
    await expect(scope.note('Application')).toHaveText('shop.py')
    await expect(lineAtWork(scope)).toContainText('app = create_app()')

    await beatOf(scope, 'from wsgi.input')
    await expect(lineAtWork(scope).first()).toContainText('session["user"]')

    await beatOf(scope, 'The application decided on')
    await expect(lineAtWork(scope).first()).toContainText('return redirect(url_for(')
    await expect(scope.card('Application')).toContainText(/called from … \d frames of werkzeug, flask/)
    const rows = await scope.rows('start_response')
    // Above a long list of headers, so that it is seen without scrolling.
    expect(rows.join(' ')).toMatch(/^Called by … \d frames of werkzeug, flask '303 SEE OTHER'/)
    expect(rows.join(' ')).toContain('No code of your own runs now: the framework makes this call.')

    await scope.press('Last')
    await expect(scope.card('Response bytes')).toContainText(/[1-9]\d* B given by the application/)
    expect(await cardFaults(scope)).toEqual([])
  })

  test('of a 500 that Flask made, the failing line is marked, with the frames of the traceback that are its own first', async ({
    serve,
    scope,
  }) => {
    const server = await serve({ app: 'shop:app', cwd: appsOf('flask'), args: ['--python', python ?? ''] })
    await scope.open(server.ui)
    await curl(`${server.http}/broken`)
    await scope.answered(['GET /broken 500 by app'])
    for (const end of [() => beatOf(scope, 'The application decided on'), () => scope.press('Last')]) {
      await end()
      await expect(scope.note('Application')).toHaveText('shop.py')
      await expect(lineAtWork(scope)).toContainText('return "%d\\n" % (1 // 0)')
      await expect(lineAtWork(scope)).toBeInViewport()
      await expect(scope.card('Application')).toContainText('ZeroDivisionError: integer division or modulo by zero')
      const frames = scope.card('Application').getByRole('listitem')
      await expect(frames).toContainText(/^exception: shop\.py:\d+ broken … \d+ frames of flask/)
      await expect(frames).toBeInViewport()
    }
    expect(await cardFaults(scope)).toEqual([])
  })

  test('what the server refuses is answered by the server; what Flask does not find, by the application', async ({
    serve,
    scope,
  }) => {
    const server = await serve({ app: 'shop:app', cwd: appsOf('flask'), args: ['--python', python ?? ''] })
    await scope.open(server.ui)
    await curl(`${server.http}/nowhere`)
    await curl('-H', 'No Name: x', `${server.http}/`)
    await expect(scope.options).toHaveCount(2)
    await scope.select(scope.options.first())
    await scope.press('Last')
    await expect(scope.card('Response bytes')).toContainText(/[1-9]\d* B given by the application/)
    await scope.select(scope.options.last())
    await scope.press('Last')
    await expect(scope.card('Response bytes')).toContainText(/(^|\D)0 B given by the application/)
    await expect(scope.card('Application')).toContainText('never called')
  })

  test('what middleware changed is marked where it stands, and told before and after', async ({ serve, scope }) => {
    const server = await serve({ app: 'stack:app', cwd: appsOf('stacks'), args: ['--python', python ?? ''] })
    await scope.open(server.ui)
    const said = ['-H', 'X-Forwarded-For: 203.0.113.7', '-H', 'X-Forwarded-Proto: https']
    await curl(...said, `${server.http}/shop/where`)
    await expect(scope.options).toHaveCount(1)

    await beatOf(scope, 'The server called Stamp.__call__()')
    await expect(scope.note('environ')).toHaveText(/keys, 4 changed$/)
    await expect(scope.card('environ').getByText('CHANGED BY THE APPLICATION')).toBeInViewport()
    const rows = await scope.rows('environ')
    expect(rows).toContain("REMOTE_ADDR '127.0.0.1' → …")
    expect(rows).toContain("PATH_INFO '/shop/where' → …")
    expect(rows).toContain("REQUEST_METHOD 'GET'")
    const changes = rows.slice(rows.indexOf('CHANGED BY THE APPLICATION'))
    expect(changes[changes.indexOf('REMOTE_ADDR') + 1]).toBe("'127.0.0.1' → '203.0.113.7'")
    expect(changes[changes.indexOf('wsgi.url_scheme') + 1]).toBe("'http' → 'https'")
    expect(changes[changes.indexOf('PATH_INFO') + 1]).toBe("'/shop/where' → '/where'")

    await beatOf(scope, 'The application decided on')
    await expect(lineAtWork(scope).first()).toContainText('return start_response(')
    const callers = (await scope.rows('start_response')).join('\n')
    expect(callers).toMatch(
      /^Called by stack\.py:\d+ stamping\n… \d frames of werkzeug, flask\nstack\.py:\d+ Stamp\.__call__\n'/,
    )
  })
})

test.describe('Django', () => {
  const python = pythonWith('django')
  test.skip(python === null, 'no python3 here can import django')

  test('a browser logs in to the administration, and every card tells of it rightly', async ({
    serve,
    scope,
    folder,
    context,
    expectComplaints,
  }) => {
    // A browser asks for an icon, which there is none of.
    expectComplaints(/Failed to load resource/)
    const project = makeDjangoProject(python ?? '', folder)
    const server = await serve({ app: 'mysite.wsgi:with_static', cwd: project, args: ['--python', python ?? ''] })
    await scope.open(server.ui)
    const browser = await context.newPage()
    await browser.goto(`${server.http}/admin/`)
    await browser.getByLabel('Username').fill(ADMIN.username)
    await browser.getByLabel('Password').fill(ADMIN.password)
    await browser.getByRole('button', { name: 'Log in' }).click()
    await expect(browser.getByRole('heading', { name: 'Site administration' })).toBeVisible()
    await browser.close()

    const login = scope.options.filter({ hasText: 'POST /admin/login/?next=/admin/' })
    await expect(login).toHaveText(['POST /admin/login/?next=/admin/ 302'])
    await scope.select(login)
    await beatOf(scope, 'from wsgi.input')
    await expect(scope.note('Application')).toHaveText('wsgi.py')
    // Django's own middleware reads: no line of the application does.
    await expect(lineAtWork(scope)).toHaveCount(0)
    expect(await scope.text('Socket bytes')).toMatch(
      /csrfmiddlewaretoken=\w{64}&username=ada&password=the\+engine\+weaves/,
    )
    expect((await scope.rows('environ')).join('')).toMatch(/HTTP_COOKIE'csrftoken=\w{32,64}'/)

    await beatOf(scope, 'The application decided on')
    const kept = (await scope.rows('start_response')).join('')
    expect(kept).toMatch(
      /^Called by … \d frames of django'302 Found'.*\('Location', '\/admin\/'\).*\('Set-Cookie', ' ?csrftoken=.*\('Set-Cookie', ' ?sessionid=/,
    )
    await expect(scope.card('start_response').getByText(/^Called by … \d frames of django/)).toBeInViewport()
    expect(await cardFaults(scope)).toEqual([])

    await beatOf(scope, 'The only chunk is empty')
    await scope.press('Last')
    await expect(scope.card('Response bytes')).toContainText(/[1-9]\d* B given by the application/)
    await expect(scope.page.locator('.finding:not(.is-fine)')).toHaveCount(0)

    // Of a long environ, too, what is pointed at elsewhere is scrolled into sight.
    const key = scope.card('environ').getByText('HTTP_ORIGIN', { exact: true })
    await expect(key).not.toBeInViewport()
    await scope.card('Socket bytes').getByText('Origin', { exact: true }).hover()
    await expect(key).toBeInViewport()
    await scope.page.mouse.move(0, 0)
    await expect(key).not.toBeInViewport()
    expect(await cardFaults(scope)).toEqual([])
  })

  test('of a 500 that Django made, the failing line of the view is marked', async ({ serve, scope, folder }) => {
    const project = makeDjangoProject(python ?? '', folder)
    const server = await serve({ app: 'mysite.wsgi', cwd: project, args: ['--python', python ?? ''] })
    await scope.open(server.ui)
    await curl(`${server.http}/broken/`)
    await scope.answered(['GET /broken/ 500 by app'])
    await scope.press('Last')
    await expect(scope.note('Application')).toHaveText('views.py')
    await expect(lineAtWork(scope).first()).toContainText('return HttpResponse(str(1')
    await expect(lineAtWork(scope).first()).toBeInViewport()
    await expect(scope.card('Application').getByRole('listitem')).toContainText(
      /^exception: views\.py:\d+ broken … \d+ frames of django/,
    )
    expect(await cardFaults(scope)).toEqual([])
  })
})
