/** One request, all the way round. */
import { curl } from './clients.ts'
import { sample } from './server.ts'
import { expect, test } from './test.ts'
import { splitHead, visible } from './visible.ts'

test('a request sent by curl appears in all five cards with exactly its bytes', async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('hello.py')}:app` })
  await scope.open(server.ui)
  const { sent, stdout } = await curl('-i', '--raw', '-d', 'How are you', `${server.http}/hello?name=Ada`)
  expect(stdout.toString()).toContain('Hello, Ada!')

  await scope.answered(['POST /hello?name=Ada 200'])
  await scope.press('Last')

  const [head, body] = splitHead(sent)
  const socket = await scope.text('Socket bytes')
  expect(socket.startsWith(visible(head))).toBe(true)
  expect(socket.endsWith(visible(body))).toBe(true)
  await expect(scope.note('Socket bytes')).toContainText(`${sent.length} B`)

  expect(await scope.rows('Request line')).toEqual([
    ...['method POST', 'path /hello', 'query name=Ada', 'version HTTP/1.1'],
  ])

  const environ = await scope.rows('environ')
  for (const row of [
    "REQUEST_METHOD 'POST'",
    "PATH_INFO '/hello'",
    "QUERY_STRING 'name=Ada'",
    "SERVER_PROTOCOL 'HTTP/1.1'",
    "CONTENT_LENGTH '11'",
  ]) {
    expect(environ).toContain(row)
  }

  const kept = await scope.text('start_response')
  expect(kept.startsWith("'200 OK'('Content-Type', 'text/plain; charset=utf-8')")).toBe(true)
  expect(await scope.text('Response bytes')).toBe(visible(stdout))
  await expect(scope.card('Response bytes')).toContainText(/[1-9]\d* B given by the application/)
})

test('the environ card says what the application was given', async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('echo.py')}:app` })
  await scope.open(server.ui)
  const { stdout } = await curl('-H', 'X-Two: one', '-H', 'X-Two: two', `${server.http}/a%20b/%C3%A9?q=%20&r=1`)
  const given: { environ: Record<string, string> } = JSON.parse(stdout.toString())

  await expect(scope.options).toHaveCount(1)
  await scope.press('Last')
  const shown = (await scope.rows('environ')).join(' ').replaceAll(' ', '')
  expect(Object.keys(given.environ).length).toBeGreaterThan(15)
  for (const [key, value] of Object.entries(given.environ)) {
    if (value.includes('\\') || value.includes("'")) continue
    expect(shown).toContain(`${key}'${value}'`.replaceAll(' ', ''))
  }
  expect(given.environ).toMatchObject({ PATH_INFO: '/a b/\u00c3\u00a9', HTTP_X_TWO: 'one, two' })
})

test('n steps back and n steps forward give the identical picture', async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('hello.py')}:app` })
  await scope.open(server.ui)
  await curl('-d', 'How are you', `${server.http}/hello?name=Ada`)
  await scope.press('Last')
  await expect(scope.caption).toContainText('is over')

  const forward = await scope.pictures()
  expect(forward.length).toBeGreaterThanOrEqual(9)
  expect(new Set(forward).size).toBe(forward.length)
  for (const expected of forward.slice(0, -1).reverse()) {
    await scope.press('Step back')
    expect(await scope.picture()).toBe(expected)
  }
  for (const expected of forward.slice(1)) {
    await scope.press('Step forward')
    expect(await scope.picture()).toBe(expected)
  }
})

test('in mid-flight the picture is the same whichever way one came', async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('hello.py')}:app` })
  await scope.open(server.ui)
  await curl('-d', 'How are you', `${server.http}/hello?name=Ada`)
  await scope.press('Last')
  await expect(scope.caption).toContainText('is over')

  const places = Array.from({ length: await scope.beats() }, (_, beat) => beat + 0.37)
  const forward: string[] = []
  for (const place of places) {
    await scope.seek(place)
    forward.push(await scope.picture())
  }
  const back: string[] = []
  for (const place of [...places].reverse()) {
    await scope.seek(place)
    back.unshift(await scope.picture())
  }
  expect(back).toEqual(forward)
})

test('playing leads to the picture that Last shows', async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('hello.py')}:app` })
  await scope.open(server.ui)
  await curl(`${server.http}/`)
  await scope.press('Last')
  await expect(scope.caption).toContainText('is over')
  const last = await scope.picture()

  await scope.press('First')
  await scope.page.getByRole('combobox', { name: 'Speed' }).selectOption('4×')
  await scope.page.getByRole('button', { name: 'Play', exact: true }).click()
  await expect(scope.page.getByRole('button', { name: 'Pause', exact: true })).toBeVisible()
  await expect(scope.page.getByRole('button', { name: 'Play', exact: true })).toBeVisible()
  await scope.atRest()
  expect(await scope.picture()).toBe(last)
})
