/** A request that the page's own terminal has not sent: who did, what was sent, and what came back. */
import { curl } from './clients.ts'
import { sample } from './server.ts'
import { expect, test } from './test.ts'

test('a real curl is told in the client’s place, its answer when the picture has sent it', async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('hello.py')}:app` })
  await scope.open(server.ui)
  await curl('-d', 'How are you', `${server.http}/hello?name=Ada`)
  await scope.answered(['POST /hello?name=Ada 200'])
  const outside = scope.card('Client').locator('.outside')
  await scope.press('Last')
  await expect(outside).toContainText(/curl\/[\d.]+ from 127\.0\.0\.1:\d+, in a terminal of its own/)
  await expect(outside).toContainText("curl -d 'How are you'")
  await expect(outside).toContainText('You sent 11 bytes.')
  await scope.press('First')
  await scope.press('Step forward')
  await expect(outside).not.toContainText('You sent 11 bytes.')
})

test('what is sent from the page’s terminal is none, also byte for byte', async ({ serve, scope }) => {
  const server = await serve({ app: `${sample('hello.py')}:app` })
  await scope.open(server.ui)
  await expect(scope.terminal).toContainText('$')
  await scope.type('raw')
  await scope.type('GET / HTTP/1.1')
  await scope.type('Host: x')
  await scope.type('')
  await scope.type('.')
  await scope.answered(['GET / 200'])
  await scope.press('Last')
  await expect(scope.card('Client').locator('.outside')).toHaveCount(0)
})
