/** What the tests of the exports share: an exchange, its file, and the shells, curl and tshark that it is given to. */

import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get, type IncomingMessage } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buffer } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { expect, onTestFinished } from 'vitest'
import { latin1Decode } from '../../../shared/bytes/latin1.ts'
import type { TraceEvent } from '../../../shared/trace/events.ts'
import { bytesOf, hasKind } from '../../../shared/trace/query.ts'
import { openClient, type TestServer, until } from '../../testing/harness.ts'

export const run = promisify(execFile)

const isOver = (server: TestServer, id: number) => hasKind(server.log.exchange(id) ?? [], 'response.answered')

/** Sends bytes (a string is latin-1), waits until the last exchange of them is over, and says which one it was. */
export async function exchange(server: TestServer, bytes: string | Uint8Array, requests = 1): Promise<number> {
  const id = server.log.totals.requests + requests
  const client = await openClient(server.port)
  client.send(bytes)
  await until(() => isOver(server, id))
  client.socket.end()
  return id
}

/** An exchange as a file, over a connection of its own: one that is kept may end while a busy machine looks away. */
export async function file(server: TestServer, id: number, format: string, query = ''): Promise<Buffer> {
  const path = `/api/exchanges/${id}.${format}${query}`
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ host: '127.0.0.1', port: server.uiPort, path, agent: false }, resolve).on('error', reject)
  })
  expect(response.statusCode).toBe(200)
  return buffer(response)
}

/** Runs a script from a file: a command with a body may be longer than an argument. */
export async function runIn(shell: 'bash' | 'dash', script: string | Uint8Array): Promise<void> {
  const path = join(scratchFolder(), 'again.sh')
  writeFileSync(path, script)
  await run(shell === 'bash' ? 'bash' : 'dash', [path], { maxBuffer: 64 * 1024 * 1024, encoding: 'buffer' })
}

/** Has a shell carry out the .curl of an exchange, and says which exchange that made. */
export async function again(server: TestServer, id: number, shell: 'bash' | 'dash', query = ''): Promise<number> {
  const next = server.log.totals.requests + 1
  await runIn(shell, await file(server, id, 'curl', query))
  await until(() => isOver(server, next))
  return next
}

/** Lines of what tshark says of the .pcapng of an exchange, its checksums verified. */
export async function tshark(server: TestServer, id: number, ...args: string[]): Promise<string[]> {
  const capture = join(scratchFolder(), 'exchange.pcapng')
  writeFileSync(capture, await file(server, id, 'pcapng'))
  const options = ['-o', 'tcp.check_checksum:TRUE', '-o', 'ip.check_checksum:TRUE']
  const { stdout } = await run('tshark', ['-r', capture, ...options, '-d', `tcp.port==${server.port},http`, ...args])
  return stdout.trim().split('\n')
}

export const fieldsOf = (...names: string[]): string[] => ['-T', 'fields', ...names.flatMap((name) => ['-e', name])]

export function scratchFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'exports-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** The bytes of the connection's inbound stream that the events carry, as latin-1. */
export const receivedOf = (events: readonly TraceEvent[]): string => latin1Decode(bytesOf(events, 'socket.received'))
