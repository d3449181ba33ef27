/** A request that comes by the uwsgi protocol: card 2 is the packet. */
import { sendRaw } from './clients.ts'
import { sample } from './server.ts'
import { expect, test } from './test.ts'
import { visible } from './visible.ts'

const HELLO = `${sample('hello.py')}:app`

/** Written down here anew: u8 modifier1, u16 datasize, u8 modifier2, then each name and value behind its length. */
function packet(variables: readonly (readonly [string, string])[]): Buffer {
  const text = (value: string): Buffer => {
    const bytes = Buffer.from(value, 'latin1')
    return Buffer.concat([Buffer.from([bytes.length & 0xff, bytes.length >> 8]), bytes])
  }
  const block = Buffer.concat(variables.flatMap(([name, value]) => [text(name), text(value)]))
  return Buffer.concat([Buffer.from([0, block.length & 0xff, block.length >> 8, 0]), block])
}

const GET = [
  ['REQUEST_METHOD', 'GET'],
  ['PATH_INFO', '/hello'],
  ['QUERY_STRING', 'name=Ada'],
  ['REQUEST_URI', '/hello?name=Ada'],
  ['HTTP_USER_AGENT', 'somebody/1'],
  ['UWSGI_SCRIPT', 'evil:app'],
] as const

const addressOf = (uwsgi: string | null) => {
  const [, host = '', port] = /^(.*):(\d+)$/.exec(uwsgi ?? '') ?? []
  return { host, port: Number(port) }
}

test('its four bytes are named, and every variable stands where its bytes and its key are', async ({
  serve,
  scope,
}) => {
  const server = await serve({ app: HELLO, args: ['--uwsgi-port', '0'] })
  await scope.open(server.ui)
  const sent = packet(GET)
  const answer = await sendRaw(addressOf(server.uwsgi), sent)
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*Hello, Ada!\n$/)
  await scope.answered([/^GET \/hello\?name=Ada 200/])
  expect(await scope.text('Socket bytes')).toBe(visible(sent))
  await scope.seek(3)
  const card = scope.page.getByRole('region', { name: 'uwsgi packet', exact: true })
  const size = sent.length - 4
  await expect(card).toContainText(
    `${[size & 0xff, size >> 8].map((b) => b.toString(16).padStart(2, '0').toUpperCase()).join(' ')}`,
  )
  await expect(card).toContainText(String(size))
  await expect(card).toContainText('names code to load: ignored')
  await scope.seek(4)
  const rows = await scope.rows('environ')
  expect(rows.slice(0, 6)).toEqual([
    'FROM THE PACKET',
    "REQUEST_METHOD 'GET'",
    "PATH_INFO '/hello'",
    "QUERY_STRING 'name=Ada'",
    "REQUEST_URI '/hello?name=Ada'",
    "HTTP_USER_AGENT 'somebody/1'",
  ])
  expect(rows.join()).not.toContain('UWSGI_SCRIPT')
  await scope.card('environ').getByText("'name=Ada'", { exact: true }).hover()
  for (const lit of [card, scope.card('Socket bytes')]) await expect(lit.locator('.lit').first()).toBeVisible()
})

test('HTTP that comes to this port is told what its first bytes mean there', async ({ serve, scope }) => {
  const server = await serve({ app: HELLO, args: ['--uwsgi-port', '0'] })
  await scope.open(server.ui)
  const answer = await sendRaw(addressOf(server.uwsgi), 'GET / HTTP/1.1\r\nHost: x\r\n\r\n')
  expect(answer.toString()).toMatch(/^HTTP\/1\.1 400 [\s\S]*modifier1 71, datasize 21573/)
  await scope.answered([/400 by the server/])
  await scope.seek((await scope.beats()) - 2)
  const card = scope.page.getByRole('region', { name: 'uwsgi packet', exact: true })
  await expect(card).toContainText('21573')
  await expect(card).toContainText('THE SAME FOUR BYTES, AS HTTP')
})

test('a tap between two that speak it shows the packet, and the server from outside', async ({ serve, scope }) => {
  const behind = await serve({ app: HELLO, args: ['--uwsgi-port', '0'] })
  const server = await serve({ tap: addressOf(behind.uwsgi).port, args: ['--protocol', 'uwsgi'] })
  await scope.open(server.ui)
  await expect(scope.page.locator('.welcome-command')).toHaveText(`uwsgi_pass ${server.uwsgi};`)
  await expect(scope.page.locator('.welcome').getByRole('button')).toHaveCount(0)
  const sent = packet(GET)
  const answer = await sendRaw(addressOf(server.uwsgi), sent)
  await scope.answered([/^GET \/hello\?name=Ada 200/])
  await scope.press('Last')
  expect(await scope.text('Socket bytes')).toBe(visible(sent))
  expect(await scope.text('Response bytes')).toBe(visible(answer))
  await scope.seek(3)
  const card = scope.page.getByRole('region', { name: 'uwsgi packet', exact: true })
  await expect(card).toContainText('UWSGI_SCRIPT')
  // What becomes of it cannot be seen from outside.
  await expect(card).not.toContainText('ignored')
  await scope.press('Last')
  await expect(scope.card('environ')).toContainText('Inside the server: the tap sees only bytes.')
  await expect(scope.note('start_response')).toHaveText('inferred')
})
