/** The page's own client: real bytes over a real socket. */
import { sample } from './server.ts'
import { expect, test } from './test.ts'

test("the terminal's curl prints the response", async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('hello.py')}:app` })
  await scope.open(server.ui)
  await scope.type(`curl -i localhost:${server.port}/?name=Ada`)
  await expect(scope.terminal).toContainText('HTTP/1.1 200 OK')
  await expect(scope.terminal).toContainText('Hello, Ada!')
  await expect(scope.options).toHaveText(['GET /?name=Ada 200'])
})

test('the terminal sends a request typed by hand, byte for byte', async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('hello.py')}:app` })
  await scope.open(server.ui)
  await scope.type('raw')
  for (const line of ['GET /by-hand HTTP/1.0', 'X-Odd:   yes', '', '.']) await scope.type(line)
  await expect(scope.terminal).toContainText('Hello, world!')
  await expect(scope.options).toHaveText(['GET /by-hand 200'])
  await scope.press('Last')
  expect(await scope.text('Socket bytes')).toBe('GET /by-hand HTTP/1.0\\r\\nX-Odd:   yes\\r\\n\\r\\n')
})

test('before the first request, the page says how to send one and has a button that does', async ({ serve, scope }) => {
  const server = await serve()
  await scope.open(server.ui)
  await expect(scope.page.getByText(`curl "http://localhost:${server.port}/?name=Ada"`)).toBeVisible()
  await expect(scope.exchanges).toHaveCount(0)
  await expect(scope.page.getByRole('button', { name: 'Play', exact: true })).toBeDisabled()

  await scope.page.getByRole('button', { name: /send a request/i }).click()
  await expect(scope.options).toHaveText(['GET /?name=Ada 200'])
  await expect(scope.terminal).toContainText('Hello, Ada!')
})
