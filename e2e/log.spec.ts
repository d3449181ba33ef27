/** The page's log: when a line was written, and of which request it is. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { curl } from './clients.ts'
import { expect, test } from './test.ts'

const APP = `
import logging, sys
logging.basicConfig(stream=sys.stderr, format='%(levelname)s %(message)s')

def app(environ, start_response):
    logging.warning('asked for %s', environ['PATH_INFO'])
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'ok']
`

test('a line has its time and its request, and leads to it', async ({ serve, scope, folder }) => {
  writeFileSync(join(folder, 'logs.py'), APP)
  const server = await serve({ app: 'logs.py', cwd: folder })
  await scope.open(server.ui)
  for (const path of ['/first', '/second', '/third']) await curl(server.http + path)
  await expect(scope.options).toHaveCount(3)
  await scope.page.getByRole('button', { name: /^Log of the server/ }).click()
  const log = scope.page.getByRole('log')
  const line = log.locator('p').filter({ hasText: 'asked for /second' })
  await expect(line).toHaveText(/^\d\d:\d\d:\d\d\.\d{3} #2 stderr WARNING asked for \/second$/)
  await expect(log.locator('p').filter({ hasText: 'is ready' })).toHaveText(/^\d\d:\d\d:\d\d\.\d{3} server worker 1 /)
  await line.getByRole('button', { name: '#2: show this request' }).click()
  await expect(scope.options.filter({ hasText: '/second' })).toHaveAttribute('aria-selected', 'true')
})
