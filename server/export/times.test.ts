import { once } from 'node:events'
import { expect, test } from 'vitest'
import * as z from 'zod'
import { readTrace } from '../../shared/trace/file.ts'
import { hasKind } from '../../shared/trace/query.ts'
import { exchangeDuration } from '../../shared/trace/times.ts'
import { openClient, startServer, until } from '../testing/harness.ts'

const Har = z.object({ log: z.object({ entries: z.array(z.object({ time: z.number() })) }) })

test('an NDJSON file and a HAR say how long an exchange took, by the same rule as the page', async () => {
  const server = await startServer('hello.ts')
  const client = await openClient(server.port)
  client.send('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await once(client.socket, 'data')
  await until(() => hasKind(server.log.exchange(1) ?? [], 'response.answered'))
  const text = await (await fetch(`http://127.0.0.1:${server.uiPort}/api/exchanges/1.ndjson`)).text()
  const { header, events } = readTrace(text)
  expect(header.took).toBe(exchangeDuration(events))
  expect(header.took).toBeGreaterThan(0)
  const har = Har.parse(await (await fetch(`http://127.0.0.1:${server.uiPort}/api/exchanges/1.har`)).json())
  expect(har.log.entries[0]?.time).toBeCloseTo((header.took ?? 0) / 1000, 6)
})
