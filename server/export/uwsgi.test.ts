/** Exchanges that came by the uwsgi protocol, as files. */
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { readTrace } from '../../shared/trace/file.ts'
import { requestOf } from '../../shared/trace/message.ts'
import { newFolder } from '../testing/command.ts'
import { startServer } from '../testing/harness.ts'
import { ask, GET, portOf } from '../uwsgi/testing/client.ts'
import { again, fieldsOf, file, receivedOf, tshark } from './testing/exported.ts'
import { Har } from './testing/har12.ts'

describe('the files of an exchange that came by uwsgi', () => {
  const SECRETS: readonly [string, string][] = [
    ...GET,
    ['HTTP_HOST', 'a'],
    ['HTTP_AUTHORIZATION', 'Basic dXNlcjpwYXNz'],
  ]

  test('tell no secret, in no form', async () => {
    const server = await startServer('hello.py:app', '--uwsgi-port', '0')
    await ask(portOf(server), [{ vars: SECRETS }])
    for (const format of ['ndjson', 'har', 'pcapng', 'curl']) {
      const text = (await file(server, 1, format)).toString('latin1')
      expect([format, text.includes('dXNlcjpwYXNz')]).toEqual([format, false])
    }
    const { events } = readTrace((await file(server, 1, 'ndjson')).toString())
    expect(receivedOf(events)).toContain('HTTP_AUTHORIZATION\x12\0******************')
  })

  test('send the same request again, to the port for HTTP', async () => {
    const server = await startServer('hello.py:app', '--uwsgi-port', '0')
    await ask(portOf(server), [{ vars: SECRETS }])
    const second = await again(server, 1, 'bash')
    expect(requestOf(server.log.exchange(second) ?? [])).toMatchObject({ method: 'GET', target: '/hello?name=Ada' })
  })

  test('say what was asked for, also where the client had no address', async () => {
    const path = join(newFolder(), 'app.sock')
    const server = await startServer('hello.py:app', '--uwsgi-socket', path)
    await ask(path, [{ vars: SECRETS }])
    const har = Har.parse(JSON.parse((await file(server, 1, 'har')).toString()))
    expect(har.log.entries[0]?.request).toMatchObject({
      method: 'GET',
      url: 'http://a/hello?name=Ada',
      headersSize: -1,
    })
    const bytes = await tshark(server, 1, ...fieldsOf('tcp.len'))
    expect(bytes.some((length) => Number(length) > 0)).toBe(true)
  })
})
