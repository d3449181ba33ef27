/** Several pages, late pages, and pages whose server goes away. */
import { curl } from './clients.ts'
import { sample } from './server.ts'
import { expect, test } from './test.ts'

// Every beat is compared, not the way there.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

test('a page opened late shows the same as one opened early', async ({ serve, scope, anotherScope }) => {
  const server = await serve({ app: `${sample('hello.py')}:app` })
  await scope.open(server.ui)
  await curl('-d', 'one', `${server.http}/first`)
  await curl('-d', 'two', `${server.http}/second?name=Ada`)
  await expect(scope.options).toHaveCount(2)

  const late = await (await anotherScope()).open(server.ui)
  await expect(late.options).toHaveText(['POST /first 200', 'POST /second?name=Ada 200'])
  await scope.page.bringToFront()
  await scope.answered(await late.options.allTextContents())
  for (const request of ['/first', '/second']) {
    for (const each of [scope, late]) {
      await each.page.bringToFront()
      await each.select(each.options.filter({ hasText: request }))
      await each.press('Last')
      await expect(each.caption).toContainText('is over')
    }
    await scope.page.bringToFront()
    const early = await scope.pictures()
    await late.page.bringToFront()
    expect(await late.pictures()).toEqual(early)
  }
})

test('a page survives the restart of its server, and shows what comes then', async ({
  serve,
  scope,
  expectComplaints,
}) => {
  expectComplaints(/WebSocket connection to .* failed/)
  const first = await serve({ app: `${sample('hello.py')}:app` })
  await scope.open(first.ui)
  await curl(`${first.http}/before`)
  await scope.answered(['GET /before 200'])

  expect(await first.stop()).toBe(0)
  await expect(scope.page.getByRole('status').filter({ hasText: 'connection lost' })).toBeVisible()

  const again = await serve({ app: `${sample('hello.py')}:app`, port: first.port, uiPort: first.uiPort })
  expect(again.run).not.toBe(first.run)
  await expect(scope.page.getByRole('status').filter({ hasText: /^live$/ })).toBeVisible()
  await expect(scope.page.getByRole('alert')).toContainText('restarted')
  await curl(`${again.http}/after`)
  await scope.answered(['GET /after 200'])
  await scope.press('Last')
  expect(await scope.rows('Request line')).toContain('path /after')
})
