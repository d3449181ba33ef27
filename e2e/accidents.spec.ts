/** What goes wrong is shown where it goes wrong, and who answered is said. */

import { join } from 'node:path'
import { eventsOfKind } from '../shared/trace/query.ts'
import { curl, sendRaw } from './clients.ts'
import { sample } from './server.ts'
import { expect, test } from './test.ts'
import { traceWith } from './traces.ts'
import { visible } from './visible.ts'

test('an application that raises before its head is answered for by the server', async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('error.py')}:app` })
  await scope.open(server.ui)
  const { stdout } = await curl('-i', '--raw', `${server.http}/before`)
  expect(stdout.toString()).toMatch(/^HTTP\/1\.1 500 /)

  await scope.answered(['GET /before 500 by the server'])
  await scope.press('Last')
  await expect(scope.card('Application')).toContainText('ValueError: nothing was sent: a clean 500')
  await expect(scope.card('Response bytes')).toContainText(/(^|\D)0 B given by the application/)
  expect(await scope.text('Response bytes')).toBe(visible(stdout))
  await scope.page.getByRole('button', { name: /^Log of the server/ }).click()
  await expect(scope.page.getByRole('log')).toContainText('ValueError: nothing was sent: a clean 500')
})

test('an application that raises after its head leaves a torn response', async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('error.py')}:app` })
  await scope.open(server.ui)
  const { stdout, code } = await curl('-i', '--raw', `${server.http}/after`)
  // curl 18 and 56: the transfer ended before it was complete.
  expect([18, 56]).toContain(code)

  await scope.answered(['GET /after 200, incomplete'])
  await scope.press('Last')
  await expect(scope.card('Application')).toContainText('ValueError: the 200 cannot be taken back')
  const shown = await scope.text('Response bytes')
  expect(shown.startsWith(visible(stdout))).toBe(true)
  expect(shown).toContain('torn off')
})

test('an application that changes its mind replaces the first answer', async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('error.py')}:app` })
  await scope.open(server.ui)
  const { stdout } = await curl('-i', '--raw', `${server.http}/exc_info`)
  expect(stdout.toString()).toMatch(/^HTTP\/1\.1 503 Not Today/)
  await scope.answered(['GET /exc_info 503 by app'])
  await scope.press('Last')
  const rows = await scope.rows('start_response')
  expect(rows).toContain("'503 Not Today'")
  expect(rows.join(' ')).toContain('ZeroDivisionError')
  expect(await scope.text('Response bytes')).toBe(visible(stdout))
})

const REFUSED: { what: string; request: string; status: number; fault: string }[] = [
  {
    what: 'a space before the colon',
    request: 'GET / HTTP/1.1\r\nHost: a\r\nX-Bad : yes\r\n\r\n',
    status: 400,
    fault: ' ',
  },
  {
    what: 'a method that is none',
    request: 'G@T / HTTP/1.1\r\nHost: a\r\n\r\n',
    status: 400,
    fault: '@',
  },
  {
    what: 'a signed Content-Length',
    request: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +3\r\n\r\nabc',
    status: 400,
    fault: '+3',
  },
]

for (const { what, request, status, fault } of REFUSED) {
  test(`a refused request has the bytes at fault marked: ${what}`, async ({ serve, scope, folder }) => {
    const trace = join(folder, 'trace.ndjson')
    const server = await serve({ app: `${sample('hello.py')}:app`, args: ['--trace', trace] })
    await scope.open(server.ui)
    const answer = await sendRaw(server, request)
    expect(answer.toString()).toMatch(new RegExp(`^HTTP/1\\.1 ${status} `))
    const [refused] = eventsOfKind(await traceWith(trace, 'gateway.refused', 1), 'gateway.refused')
    const span = refused?.span ?? { start: 0, end: 0 }
    const atFault = request.slice(span.start, span.end)
    expect(atFault).toContain(fault)

    await scope.answered([new RegExp(`${status} by the server$`)])
    await scope.press('Last')
    const marked = await scope.card('Socket bytes').locator('.fault').allTextContents()
    expect(marked.join('')).toBe(visible(atFault))
    await expect(scope.card('Application')).toContainText('never called')
    await expect(scope.note('Socket bytes')).toContainText(String(status))
    expect(await scope.text('Response bytes')).toBe(visible(answer))
    await expect(scope.card('Response bytes')).toContainText(/(^|\D)0 B given by the application/)
  })
}
