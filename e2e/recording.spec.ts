/** A recorded trace plays like the real thing. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { curl, sendRaw } from './clients.ts'
import type { ScopePage } from './scopePage.ts'
import { sample } from './server.ts'
import { expect, test } from './test.ts'
import { traceWith } from './traces.ts'

// Every beat is compared, not the way there.
test.use({ contextOptions: { reducedMotion: 'reduce' } })

/** As when a person drags a file from a folder onto the page. */
async function drop(scope: ScopePage, name: string, text: string): Promise<void> {
  const data = await scope.page.evaluateHandle(
    ([name, text]) => {
      const data = new DataTransfer()
      data.items.add(new File([text], name))
      return data
    },
    [name, text] as const,
  )
  await scope.page.dispatchEvent('body', 'dragenter', { dataTransfer: data })
  await expect(scope.page.getByText('Drop a trace')).toBeVisible()
  await scope.page.dispatchEvent('body', 'drop', { dataTransfer: data })
  await expect(scope.page.getByText('Drop a trace')).toHaveCount(0)
}

/** The pictures of each exchange at each beat. */
async function everything(scope: ScopePage): Promise<Record<string, string[]>> {
  const pictures: Record<string, string[]> = {}
  for (const name of await scope.options.allTextContents()) {
    await scope.select(scope.options.filter({ hasText: name }))
    pictures[name] = await scope.pictures()
  }
  return pictures
}

test('a recording dropped on the page plays as it was seen live', async ({
  serve,
  scope,
  folder,
  expectComplaints,
}) => {
  expectComplaints(/WebSocket connection to .* failed/)
  const trace = join(folder, 'trace.ndjson')
  const server = await serve({ app: `${sample('error.py')}:app`, args: ['--trace', trace] })
  await scope.open(server.ui)
  await curl('-d', 'How are you', `${server.http}/?name=Ada`)
  await curl(`${server.http}/before`)
  await sendRaw(server, 'GET / HTTP/1.1\r\nHost: a\r\nX-Bad : yes\r\n\r\n')
  await traceWith(trace, 'connection.closed', 3)
  await scope.answered([/POST/, /500/, /400/])
  await scope.press('Last')
  const live = await everything(scope)
  expect(await server.stop()).toBe(0)

  const other = await serve()
  await scope.open(other.ui)
  await drop(scope, 'yesterday.ndjson', await readFile(trace, 'utf8'))
  await expect(scope.page.getByRole('status').filter({ hasText: 'yesterday.ndjson' })).toBeVisible()
  await scope.answered(Object.keys(live))
  await scope.press('Last')
  expect(await everything(scope)).toEqual(live)

  await scope.page.getByRole('button', { name: 'Back to live' }).click()
  await expect(scope.page.getByRole('status').filter({ hasText: /^live$/ })).toBeVisible()
  await expect(scope.exchanges).toHaveCount(0)
})

test('a recording is opened with the button as well, and begins at its beginning', async ({ serve, scope, folder }) => {
  const trace = join(folder, 'trace.ndjson')
  const server = await serve({ app: `${sample('hello.py')}:app`, args: ['--trace', trace] })
  await scope.open(server.ui)
  await curl(`${server.http}/one`)
  await curl(`${server.http}/two`)
  await traceWith(trace, 'connection.closed', 2)
  await scope.page.getByLabel('Open trace…').and(scope.page.locator('input')).setInputFiles(trace)
  await expect(scope.page.getByRole('status').filter({ hasText: 'recording: trace.ndjson' })).toBeVisible()
  await expect(scope.options.and(scope.page.locator('[aria-selected="true"]'))).toHaveText(/\/one/)
})

test('a file that is no trace changes nothing, and is named with what is wrong', async ({ serve, scope, folder }) => {
  const server = await serve({ app: `${sample('hello.py')}:app` })
  await scope.open(server.ui)
  await curl(`${server.http}/`)
  await scope.answered(['GET / 200'])
  const file = join(folder, 'shopping.ndjson')
  await writeFile(file, '{"milk": 2}\n')
  await drop(scope, 'shopping.ndjson', await readFile(file, 'utf8'))
  await expect(scope.page.getByRole('alert')).toContainText('shopping.ndjson: line 1')
  await scope.answered(['GET / 200'])
  await scope.page.getByRole('button', { name: 'Dismiss' }).click()
  await expect(scope.page.getByRole('alert')).toHaveText('')
})
