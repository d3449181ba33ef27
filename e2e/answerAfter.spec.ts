/** The answer comes after the question: neither the terminal nor the list says it before the picture has sent it. */
import { curl } from './clients.ts'
import { sample } from './server.ts'
import { expect, test } from './test.ts'

const HELLO = `${sample('hello.py')}:app`

test('the terminal prints the answer, and the chip says the status, when the picture has sent it', async ({
  serve,
  scope,
}) => {
  const { page } = scope
  const server = await serve({ app: HELLO })
  await scope.open(server.ui)
  await scope.type(`curl -iv localhost:${server.port}/?name=Ada`)
  await page.getByRole('button', { name: 'Pause', exact: true }).click()
  await expect(scope.terminal).toContainText('> GET /?name=Ada HTTP/1.1')
  await scope.press('First')
  const width = await scope.options.first().evaluate((chip) => chip.getBoundingClientRect().width)
  const beats = await scope.beats()
  const before = async () => {
    await expect(scope.terminal).not.toContainText('200 OK')
    await expect(scope.options).toHaveText(['GET /?name=Ada …'])
    await expect(scope.options.first()).toHaveAccessibleName(/^GET \/\?name=Ada (reading|running|answering)$/)
  }
  for (let beat = 0; beat < beats - 2; beat++) {
    await before()
    await scope.press('Step forward')
  }
  await before()
  await expect(page.getByText(/^answered in .*; played slowly$/)).toBeVisible()
  await scope.press('Step forward')
  await expect(scope.terminal).toContainText('HTTP/1.1 200 OK')
  await expect(scope.terminal).toContainText('Hello, Ada!')
  await expect(scope.options).toHaveText(['GET /?name=Ada 200'])
  expect(await scope.options.first().evaluate((chip) => chip.getBoundingClientRect().width)).toBe(width)

  // What was printed stays printed; what the chip says is where the picture is.
  await scope.press('First')
  await expect(scope.options).toHaveText(['GET /?name=Ada …'])
  await expect(scope.terminal).toContainText('Hello, Ada!')
})

test('what is not about the exchange that is shown is printed at once, and Ctrl-C ends the waiting', async ({
  serve,
  scope,
}) => {
  const { page } = scope
  const server = await serve({ app: HELLO })
  await scope.open(server.ui)
  await scope.type('help')
  await expect(scope.terminal).toContainText('curl')
  await scope.type('curl -Z /')
  await expect(scope.terminal).toContainText('curl: (2)')

  await scope.type('curl /held')
  await page.getByRole('button', { name: 'Pause', exact: true }).click()
  await scope.press('First')
  await expect(scope.terminal).not.toContainText('Hello, world!')
  await scope.card('Client').locator('.xterm-screen').click()
  await page.keyboard.press('Control+c')
  await expect(scope.terminal).toContainText('Hello, world!')
  await curl(`${server.http}/from-elsewhere`)
  await expect(scope.options).toHaveCount(2)

  // Nobody looks at it any more.
  await scope.type('curl /left')
  await expect(scope.options).toHaveCount(3)
  await scope.select(scope.options.first())
  await expect.poll(async () => (await scope.terminal.textContent())?.match(/Hello, world!/g)?.length).toBe(2)
})

test('through a tap and from the sixty-line server, it is the same', async ({ serve, scope }) => {
  const { page } = scope
  const server = await serve({ app: HELLO, args: ['--server', 'sixty-lines'] })
  await scope.open(server.ui)
  await scope.type('curl /sixty')
  await page.getByRole('button', { name: 'Pause', exact: true }).click()
  await scope.press('First')
  await expect(scope.terminal).not.toContainText('Hello')
  await scope.press('Last')
  await expect(scope.terminal).toContainText('Hello, world!')
})
