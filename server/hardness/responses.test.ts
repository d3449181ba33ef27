/**
 * What may go out, over real sockets, whatever the application says: answers to HEAD and 1.0, statuses without a body,
 * lengths that are unknown or wrong, and characters that would end a header line. In Python and in TypeScript.
 */
import { describe, expect, test } from 'vitest'
import { openClient, startServer } from '../testing/harness.ts'

const APPS = ['answers.py', 'answers.ts'].map((name) => new URL(`../testing/apps/${name}`, import.meta.url).pathname)

interface Answer {
  law: string
  /** `METHOD name` or `METHOD name 1.0`. */
  ask: string
  /** All of the answer, its Date apart. */
  expected: RegExp
}

const REFUSED = /^HTTP\/1\.1 500 Internal Server Error\r\n(?:(?!Injected)[\s\S])*$/

const table: Answer[] = [
  {
    law: 'unknown length: chunked on 1.1',
    ask: 'GET stream',
    expected: /\r\nTransfer-Encoding: chunked\r\n[\s\S]*\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n$/,
  },
  {
    law: 'unknown length: until the end on 1.0',
    ask: 'GET stream 1.0',
    expected: /^(?!.*Transfer-Encoding)[\s\S]*\r\nConnection: close\r\n\r\nabcde$/,
  },
  { law: 'one chunk: its length', ask: 'GET one', expected: /\r\nContent-Length: 3\r\n[\s\S]*\r\n\r\nabc$/ },
  { law: 'nothing: a length of 0', ask: 'GET nothing', expected: /\r\nContent-Length: 0\r\n[\s\S]*\r\n\r\n$/ },
  {
    law: 'write(): chunked as well',
    ask: 'GET write',
    expected: /\r\nTransfer-Encoding: chunked\r\n[\s\S]*\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n$/,
  },
  {
    law: 'HEAD: the head of GET, and no body',
    ask: 'HEAD one',
    expected: /\r\nContent-Length: 3\r\n(?:[^\r\n]+\r\n)*\r\n$/,
  },
  {
    law: 'HEAD of a stream: chunked is announced, no chunk is sent',
    ask: 'HEAD stream',
    expected: /\r\nTransfer-Encoding: chunked\r\n(?:[^\r\n]+\r\n)*\r\n$/,
  },
  {
    law: '204: no body and no length',
    ask: 'GET no-content',
    expected: /^HTTP\/1\.1 204 No Content\r\n(?:(?!Content-Length|Transfer-Encoding)[^\r\n]+\r\n)*\r\n$/,
  },
  {
    law: '304: no body, the length of the 200 stays',
    ask: 'GET not-modified',
    expected:
      /^HTTP\/1\.1 304 Not Modified\r\n(?=[\s\S]*Content-Length: 7\r\n)(?:(?!Transfer-Encoding)[^\r\n]+\r\n)*\r\n$/,
  },
  {
    law: 'more than Content-Length: cut off',
    ask: 'GET too-long',
    expected: /\r\nContent-Length: 3\r\n[\s\S]*\r\n\r\nabc$/,
  },
  {
    law: 'less than Content-Length: the connection ends',
    ask: 'GET too-short',
    expected: /\r\nContent-Length: 9\r\n[\s\S]*\r\n\r\nabc$/,
  },
  {
    law: 'a Content-Length that is none does not go out',
    ask: 'GET bad-length',
    expected: /^(?![\s\S]*Content-Length: \+3)[\s\S]*abc/,
  },
  {
    law: 'two Content-Lengths do not go out',
    ask: 'GET two-lengths',
    expected: /^(?![\s\S]*Content-Length: 4)[\s\S]*abc/,
  },
  ...[
    'cr-lf-value',
    'lf-value',
    'cr-value',
    'nul-value',
    'cr-lf-name',
    'blank-name',
    'cr-lf-status',
    'lf-status',
    'wide-value',
    'hop-by-hop',
    'transfer-encoding',
  ].map(
    (name): Answer => ({
      law: `response splitting: ${name} is refused inside the application`,
      ask: `GET ${name}`,
      expected: REFUSED,
    }),
  ),
]

async function answer(port: number, ask: string): Promise<string> {
  const [method, name, version = '1.1'] = ask.split(' ')
  const client = await openClient(port)
  client.send(`${method} /${name} HTTP/${version}\r\nHost: x\r\nConnection: close\r\n\r\n`)
  await client.ended
  return client.received
}

describe.each(APPS)('of %s', (app) => {
  test('what goes out is what may', async () => {
    const server = await startServer(app, '--no-ui')
    for (const { law, ask, expected } of table) expect(await answer(server.port, ask), law).toMatch(expected)
  })
})
