/** The naive server: what it leaves out, the line that runs, its death, and how it is started again. */
import { connect } from 'node:net'
import { curl } from './clients.ts'
import { sample } from './server.ts'
import { expect, test } from './test.ts'

const SIXTY_LINES = ['--server', 'sixty-lines']

/** Sends these bytes, and resolves when the connection is over, however it ends. */
const throwAt = (port: number, text: string): Promise<void> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(text))
    socket.on('error', () => undefined).on('close', () => resolve())
    socket.resume()
  })

test('the naive server gives eleven keys, and the query stays in PATH_INFO', async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('form.py')}:app`, args: SIXTY_LINES })
  await scope.open(server.ui)
  const { stdout } = await curl('-i', '--raw', '-H', 'X-Class: 7b', `${server.http}/hello?name=Ada`)
  expect(stdout.toString()).toMatch(/^HTTP\/1\.0 200 OK\r\nContent-Type: [^\r]*\r\n\r\n/)
  await scope.answered([/^GET \/hello\?name=Ada 200/])
  await scope.press('Last')

  await expect(scope.note('environ')).toContainText('11 keys')
  const environ = await scope.rows('environ')
  expect(environ).toContain("PATH_INFO '/hello?name=Ada'")
  const given = environ.slice(
    0,
    environ.findIndex((row) => row.startsWith('REQUIRED')),
  )
  expect(given.join(' ')).not.toMatch(/HTTP_|QUERY_STRING|SERVER_PROTOCOL/)
  expect(environ.slice(-2)).toEqual(['SERVER_PROTOCOL', 'QUERY_STRING'])
  expect(await scope.rows('Request line')).toEqual([...['method GET', 'path /hello?name=Ada', 'version HTTP/1.1']])
  expect(await scope.text('Socket bytes')).toContain('X-Class: 7b')

  const captions: string[] = []
  await scope.press('First')
  for (let beats = await scope.beats(); beats > 0; beats--) {
    await scope.press('Step forward')
    captions.push((await scope.caption.textContent()) ?? '')
  }
  expect(captions.join('\n')).toContain('never reads a header')
  expect(captions.join('\n')).toContain('the query string stays in PATH_INFO')
})

test('the line of the server that runs is marked, and is a function of the playhead', async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('form.py')}:app`, args: SIXTY_LINES })
  await scope.open(server.ui)
  await curl(`${server.http}/`)
  await expect(scope.options).toHaveCount(1)
  await scope.press('First')
  const listing = scope.page.getByRole('region', { name: 'sixty_lines.py' })
  const seen: string[] = []
  for (let beats = await scope.beats(); beats > 0; beats--) {
    await scope.press('Step forward')
    seen.push((await listing.locator('.row-now').allTextContents()).join(' '))
  }
  expect(seen.join('\n')).toContain("line.split(' ')")
  expect(seen.join('\n')).toContain('result = application(environ, start_response)')
  expect(seen.join('\n')).toContain('connection.close()')
  const forward = await scope.pictures()
  expect(await scope.pictures()).toEqual(forward)
})

test('a dead server is shown as one, turns clients away, and is started again from the page', async ({
  serve,
  scope,
}) => {
  const server = await serve({ app: `${sample('form.py')}:app`, args: SIXTY_LINES })
  await scope.open(server.ui)
  const again = scope.page.getByRole('button', { name: 'Start it again' })
  const dead = scope.page.getByRole('region', { name: 'The server is dead' })

  await throwAt(server.port, 'hello\r\n\r\n')
  await scope.answered(['failed'])
  await scope.press('Last')
  await expect(dead).toContainText('ValueError')
  await dead.getByText('Traceback', { exact: true }).click()
  await expect(dead.locator('pre')).toContainText('line.split')
  await expect(again).toBeVisible()
  expect(server.stderr()).toContain('the sixty-line server has died')

  await throwAt(server.port, 'GET / HTTP/1.1\r\n\r\n')
  await expect(scope.options).toHaveCount(2)
  await scope.press('Last')
  await expect(scope.caption).toHaveText('The connection closed without an answer.')

  await again.click()
  await expect(again).toHaveCount(0)
  const { stdout } = await curl('-i', `${server.http}/`)
  expect(stdout.toString()).toContain('200 OK')
  await expect(scope.options.last()).toContainText('GET / 200')
  await scope.press('Last')
  await expect(dead).toHaveCount(0)

  await scope.select(scope.options.first())
  await scope.press('Last')
  await expect(dead).toContainText('started it again')
})
