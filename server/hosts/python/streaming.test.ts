/** Streams: what an application has yielded leaves, whatever it does next; in both kinds of Python. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { openClient, startServer, until } from '../../testing/harness.ts'

/** Yields at once what it is asked for, and then nothing until a file is there. */
const APP = `
import os, time
from urllib.parse import parse_qs

def app(environ, start_response):
    asked = parse_qs(environ['QUERY_STRING'])
    start = start_response('200 OK', [('Content-Type', 'text/plain')])
    chunks = [b'%d\\n' % n for n in range(int(asked['chunks'][0]))]
    if 'write' in asked:
        for chunk in chunks:
            start(chunk)
        wait(asked['until'][0])
        return []
    return stream(chunks, asked['until'][0])

def stream(chunks, path):
    for chunk in chunks:
        yield chunk
    wait(path)
    yield b'end'

def wait(path):
    while not os.path.exists(path):
        time.sleep(0.01)
`

const CASES = [
  ['yielded', 1, ''],
  ['yielded', 2, ''],
  ['yielded', 5000, ''],
  ['written', 2, '&write=1'],
  ['written', 2000, '&write=1'],
] as const

test.each(['python3', 'embedded'])('%s: what was given comes out although the application blocks', async (python) => {
  const folder = mkdtempSync(join(tmpdir(), 'streaming-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'app.py'), APP)
  const server = await startServer(join(folder, 'app.py'), '--python', python, '--no-ui', '--no-reload')
  for (const [what, chunks, query] of CASES) {
    const client = await openClient(server.port)
    const flag = join(folder, `go-on-${what}-${chunks}`)
    client.send(`GET /?chunks=${chunks}&until=${flag}${query} HTTP/1.0\r\n\r\n`)
    await until(() => client.received.endsWith(`\n${chunks - 1}\n`))
    writeFileSync(flag, '')
    await client.ended
    const lines = client.received.slice(client.received.indexOf('\r\n\r\n') + 4).split('\n')
    expect(lines.slice(0, -1), what).toEqual(Array.from({ length: chunks }, (_, n) => String(n)))
  }
})
