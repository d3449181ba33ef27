/** What the tests of uwsgi share: a client that was written from the packet format alone. */
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import type { TestServer } from '../../testing/harness.ts'

const CLIENT = fileURLToPath(new URL('./uwsgi_client.py', import.meta.url))

export type To = readonly [host: string, port: number] | string
export interface Asked {
  vars?: readonly (readonly [string, string])[]
  body?: string
  send?: string
  eof?: boolean
  slowly?: boolean
}

/** What came back for each, latin-1. The server lives in this process, so that the client must not be waited for here. */
export async function ask(to: To, all: readonly Asked[]): Promise<string[]> {
  const lines = all.map((each) => JSON.stringify({ to, ...each })).join('\n')
  return await new Promise((resolve, reject) => {
    const child = execFile('python3', [CLIENT], { maxBuffer: 64 * 1024 ** 2 }, (error, stdout) => {
      if (error !== null) reject(error)
      else
        resolve(
          stdout
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => String(JSON.parse(line))),
        )
    })
    child.stdin?.end(lines)
  })
}

export const portOf = ({ uwsgi }: TestServer): To => {
  const [, host = '', port] = /^(.*):(\d+)$/.exec(uwsgi[0] ?? '') ?? []
  return [host, Number(port)]
}

/** A request for /hello?name=Ada. */
export const GET: readonly [string, string][] = [
  ['REQUEST_METHOD', 'GET'],
  ['PATH_INFO', '/hello'],
  ['QUERY_STRING', 'name=Ada'],
  ['SERVER_PROTOCOL', 'HTTP/1.1'],
]
