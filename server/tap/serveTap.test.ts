import { createServer } from 'node:net'
import { expect, test } from 'vitest'
import { bind } from '../bind.ts'
import { startServer } from '../testing/harness.ts'

/** One that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  const port = await bind(server, { host: '127.0.0.1', port: 0 }, () => undefined)
  await new Promise((resolve) => server.close(resolve))
  return port
}

test.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])(
  'a tap whose --to is itself, as %s, is told at the start',
  async (host) => {
    const port = await freePort()
    const started = startServer('tap', '--listen', String(port), '--to', `${host}:${port}`, '--no-ui')
    await expect(started).rejects.toThrow(`--to ${host.replace(/[[\]]/g, '')}:${port} is the tap itself`)
  },
)
