/** At the end of a trip there is something to try next. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { curl } from './clients.ts'
import type { ScopePage } from './scopePage.ts'
import { ROOT, sample } from './server.ts'
import { expect, test } from './test.ts'

const attempt = (scope: ScopePage, name: string) =>
  scope.page.getByRole('region', { name: 'And now?' }).getByRole('button', { name, exact: true })

test('what the served application answers is sent from the terminal, visibly', async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('error.py')}:app` })
  await scope.open(server.ui)
  await curl(`${server.http}/`)
  const tried: [string, RegExp][] = [
    ['post something', /^POST \/hello 200/],
    ['crash before the head', /^GET \/before 500 by the server$/],
    ['crash after it', /^GET \/after 200, incomplete/],
    ['a refused request', /^GET \/ 400 by the server$/],
  ]
  const outcomes = [/^GET \/ 200/]
  for (const [name, outcome] of tried) {
    await scope.answered(outcomes)
    await attempt(scope, name).click()
    outcomes.push(outcome)
    await expect(scope.options).toHaveCount(outcomes.length)
    await expect(scope.options.last()).toHaveAttribute('aria-selected', 'true')
  }
  await scope.answered(outcomes)
  await expect(scope.card('Application')).toContainText('never called')
  await expect(scope.terminal).toContainText('There is no Host header')
})

test('what another application does is said how to start; nothing moves for it', async ({ serve, scope }) => {
  const { page } = scope
  const server = await serve({ app: `${sample('hello.py')}:app` })
  await scope.open(server.ui)
  await curl(`${server.http}/`)
  await scope.answered(['GET / 200'])
  const stage = await page.locator('.page-stage').boundingBox()
  for (const name of ['three pieces', 'crash before the head', 'crash after it']) {
    await attempt(scope, name).click()
    const how = page.getByRole('region', { name, exact: true })
    const command = (await how.getByText(/^npm run/).textContent()) ?? ''
    expect(existsSync(join(ROOT, command.replace(/^npm run -s wsgiscope -- (.*):app$/, '$1'))), command).toBe(true)
    await expect(how.getByText(/^curl -i/)).toBeVisible()
    expect(await page.locator('.page-stage').boundingBox()).toEqual(stage)
    await page.keyboard.press('Escape')
    await expect(how).toBeHidden()
  }
  await attempt(scope, 'your own application').click()
  await expect(page.getByText('Flask and Django too')).toBeVisible()
  await page.locator('.picture').click({ position: { x: 5, y: 5 } })
  await expect(page.getByText('Flask and Django too')).toBeHidden()
})

test('the sentence has the same room in every state, on a projector and on a phone as well', async ({
  serve,
  scope,
}) => {
  const { page } = scope
  const server = await serve({ app: `${sample('hello.py')}:app` })
  for (const viewport of [
    { width: 1440, height: 900 },
    { width: 1024, height: 768 },
    { width: 390, height: 844 },
  ]) {
    await page.setViewportSize(viewport)
    await scope.open(server.ui)
    await curl(`${server.http}/`)
    await expect(scope.options.last()).toHaveAttribute('aria-selected', 'true')
    const heights = new Set<number>()
    for (const name of ['First', 'Step forward', 'Last'] as const) {
      await scope.press(name)
      heights.add(await page.locator('.page-caption').evaluate((caption) => caption.getBoundingClientRect().height))
    }
    expect([...heights], `at ${viewport.width}`).toHaveLength(1)
    await expect(attempt(scope, 'a refused request')).toBeInViewport()
    await expect(attempt(scope, 'your own application')).toBeInViewport()
  }
})
