/** An application whose files change under an open page, and requests that wait for a worker. */

import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { eventsOfKind } from '../shared/trace/query.ts'
import { curl } from './clients.ts'
import { expect, test } from './test.ts'
import { traceWith } from './traces.ts'

// What is shown is compared, not the way there.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

const greeting = (word: string): string => `def app(environ, start_response):
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"${word}"]
`

test('a file that changes is loaded anew: the page says so, and shows each answer beside the code that gave it', async ({
  serve,
  scope,
  anotherScope,
  folder,
}) => {
  const file = join(folder, 'greeting.py')
  await writeFile(file, greeting('good morning'))
  const server = await serve({ app: 'greeting.py:app', cwd: folder, args: ['--trace', 'trace.ndjson'] })
  await scope.open(server.ui)
  const notice = scope.page.getByRole('status').filter({ hasText: 'Reloaded' })
  expect((await curl(`${server.http}/first`)).stdout.toString()).toBe('good morning')
  await scope.answered(['GET /first 200'])

  await writeFile(file, `# In the evening.\n${greeting('good evening')}`)
  await expect(notice).toHaveText(/Reloaded: greeting\.py changed\./)
  expect((await curl(`${server.http}/second`)).stdout.toString()).toBe('good evening')
  await expect(scope.options).toHaveCount(2)
  await expect(notice).toBeHidden()

  const [first, second] = eventsOfKind(await traceWith(join(folder, 'trace.ndjson'), 'app.called', 2), 'app.called')
  expect([first?.version, first?.line, second?.version, second?.line]).toEqual([undefined, 1, 2, 2])
  const late = await (await anotherScope()).open(server.ui)
  await expect(late.options).toHaveCount(2)
  for (const each of [scope, late]) {
    await each.page.bringToFront()
    await each.select(each.options.filter({ hasText: '/first' }))
    await each.press('Last')
    expect(await each.text('Application')).toContain('good morning')
    expect(await each.text('Application')).not.toContain('In the evening')
    await expect(each.note('Application')).toHaveText(/before it changed$/)
    await each.select(each.options.filter({ hasText: '/second' }))
    await each.press('Last')
    expect(await each.text('Application')).toContain('In the evening')
    await expect(each.note('Application')).toHaveText('greeting.py')
  }
})

test('a file that cannot be loaded leaves the one before at work, and every page says why until it is mended', async ({
  serve,
  scope,
  anotherScope,
  folder,
}) => {
  const file = join(folder, 'greeting.py')
  await writeFile(file, greeting('good morning'))
  const server = await serve({ app: 'greeting.py:app', cwd: folder })
  await scope.open(server.ui)
  await writeFile(file, `${greeting('good evening')}\nreturn [\n`)
  const late = await anotherScope()
  const problem = (of: typeof scope) => of.page.getByRole('status').filter({ hasText: 'cannot be loaded' })
  await expect(problem(scope)).toContainText(/greeting\.py cannot be loaded: SyntaxError: .+, line 5\./)
  await expect(problem(scope)).toContainText('The previous version keeps answering.')
  expect((await curl(`${server.http}/`)).stdout.toString()).toBe('good morning')
  await late.open(server.ui)
  await expect(problem(late)).toContainText('cannot be loaded')
  await late.page.getByText('Traceback', { exact: true }).click()
  await expect(late.page.getByText(/File ".*greeting\.py", line 5/)).toBeVisible()
  expect(server.stderr()).toContain('the previous version keeps answering')

  await writeFile(file, greeting('good evening'))
  for (const each of [scope, late]) {
    await expect(each.page.getByRole('status').filter({ hasText: 'Reloaded: greeting.py changed.' })).toBeVisible()
    await expect(problem(each)).toBeHidden()
  }
  expect((await curl(`${server.http}/`)).stdout.toString()).toBe('good evening')
})

const SLOW = `import os
import time

def app(environ, start_response):
    while not os.path.exists("go"):
        time.sleep(0.01)
    start_response("200 OK", [("Content-Type", "text/plain")])
    return [b"at last"]
`

test('a request that waits for a worker is seen to wait, before the right edge', async ({ serve, scope, folder }) => {
  await writeFile(join(folder, 'slow.py'), SLOW)
  const server = await serve({ app: 'slow.py:app', cwd: folder, args: ['--workers', '1', '--app-timeout', '60'] })
  await scope.open(server.ui)
  const first = curl(`${server.http}/first`)
  await expect(scope.options).toHaveText(['GET /first running'])
  const second = curl(`${server.http}/second`)
  await expect(scope.options).toHaveText(['GET /first running', 'GET /second waiting for a worker'])

  await scope.select(scope.options.filter({ hasText: '/second' }))
  await scope.press('Last')
  await expect(scope.caption).toHaveText('The request waits for a worker behind 1 other.')
  await expect(scope.card('Application')).toContainText('waiting for a worker, 1 ahead')
  const waiting = scope.page.locator('.flight')
  await expect(waiting).toContainText('environ {')
  const [place, frame, application] = await Promise.all(
    [waiting, scope.page.locator('.process'), scope.card('Application')].map((each) => each.boundingBox()),
  )
  if (place == null || frame == null || application == null) throw new Error('something is not drawn')
  expect(place.x + place.width).toBeLessThanOrEqual(frame.x + frame.width)
  expect(frame.x + frame.width - (place.x + place.width)).toBeLessThan(60)
  expect(frame.x + frame.width).toBeLessThan(application.x)

  await writeFile(join(folder, 'go'), '')
  expect((await Promise.all([first, second])).map(({ stdout }) => stdout.toString())).toEqual(['at last', 'at last'])
  await scope.answered(['GET /first 200', 'GET /second 200'])
  await scope.press('Last')
  await expect(waiting).toHaveCount(0)
})
