/** The page's own client: real bytes over a real socket. */
import type { ScopePage } from './scopePage.ts'
import { sample } from './server.ts'
import { expect, test } from './test.ts'

test("the terminal's curl prints the response", async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('hello.py')}:app` })
  await scope.open(server.ui)
  await scope.type(`curl -i localhost:${server.port}/?name=Ada`)
  await scope.answered(['GET /?name=Ada 200'])
  await expect(scope.terminal).toContainText('HTTP/1.1 200 OK')
  await expect(scope.terminal).toContainText('Hello, Ada!')
})

test('the terminal sends a request typed by hand, byte for byte', async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('hello.py')}:app` })
  await scope.open(server.ui)
  await scope.type('raw')
  for (const line of ['GET /by-hand HTTP/1.0', 'X-Odd:   yes', '', '.']) await scope.type(line)
  await scope.answered(['GET /by-hand 200'])
  await expect(scope.terminal).toContainText('Hello, world!')
  expect(await scope.text('Socket bytes')).toBe('GET /by-hand HTTP/1.0\\r\\nX-Odd:   yes\\r\\n\\r\\n')
})

test('before the first request, the page says how to send one and has a button that does', async ({ serve, scope }) => {
  const server = await serve()
  await scope.open(server.ui)
  await expect(scope.page.getByText(`curl "http://localhost:${server.port}/?name=Ada"`)).toBeVisible()
  await expect(scope.exchanges).toHaveCount(0)
  await expect(scope.page.getByRole('button', { name: 'Play', exact: true })).toBeDisabled()

  await scope.page.getByRole('button', { name: /send a request/i }).click()
  await scope.answered(['GET /?name=Ada 200'])
  await expect(scope.terminal).toContainText('Hello, Ada!')
})

test.describe('pasted', () => {
  test.use({ contextOptions: { permissions: ['clipboard-read', 'clipboard-write'] } })

  async function paste(scope: ScopePage, text: string): Promise<void> {
    const { page } = scope
    await scope.card('Client').locator('.xterm-screen').click()
    await page.evaluate((pasted) => navigator.clipboard.writeText(pasted), text)
    await page.keyboard.press('ControlOrMeta+v')
    await page.keyboard.press('Enter')
  }

  test('what a browser copies as curl works as it is', async ({ serve, scope }) => {
    const server = await serve({ app: `${sample('hello.py')}:app` })
    await scope.open(server.ui)
    await paste(
      scope,
      `curl 'http://localhost:${server.port}/login' \\
  -H 'content-type: application/x-www-form-urlencoded' \\
  -b 'session=1' \\
  --data-raw $'user=it\\'s&pw=b' \\
  --compressed \\
  --insecure`,
    )
    await scope.answered(['POST /login 200'])
    await expect(scope.terminal).toContainText('You sent 14 bytes.')
  })

  test('an exported command is taken with its notes and its pipe', async ({ serve, scope }) => {
    const server = await serve({ app: `${sample('hello.py')}:app` })
    await scope.open(server.ui)
    const body = Buffer.from([0, 1, 2, 0x27, 0x5c, 0x25, 0xff])
    await fetch(`${server.http}/bytes`, { method: 'POST', body, headers: { Authorization: 'Basic secret' } })
    await scope.answered(['POST /bytes 200'])
    const exported = await (await fetch(`${server.ui}/api/exchanges/1.curl`)).text()
    expect(exported).toMatch(/^# /)
    expect(exported).toContain('printf ')
    await paste(scope, exported.trimEnd())
    await scope.answered(['POST /bytes 200', 'POST /bytes 200'])
    await expect(scope.terminal).toContainText(`You sent ${body.length} bytes.`)
    await expect(scope.terminal).not.toContainText('not a command')
  })
})
