/** wsgi.input as a stream of Python's own kind, in both kinds of Python. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { latin1Decode, latin1Encode } from '../../shared/bytes/latin1.ts'
import type { Body, Host } from '../../shared/gateway/host.ts'
import { createHost } from './createHost.ts'
import { callHost, hostOptions } from './testing/callHost.ts'

const APP = `
import csv
import io

def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [ascii(globals()[environ['PATH_INFO'][1:]](environ['wsgi.input'])).encode()]

def kind(body):
    return isinstance(body, io.BufferedIOBase), body.readable(), body.writable(), body.seekable(), body.isatty()

def text(body):
    return list(io.TextIOWrapper(body, 'utf-8'))

def rows(body):
    return list(csv.reader(io.TextIOWrapper(body, 'utf-8')))

def text_twice(body):
    return io.TextIOWrapper(body, 'utf-8').readline(), body.closed, body.read()

def buffered(body):
    return io.BufferedReader(body).read()

def pieces(body):
    room = bytearray(3)
    return body.read1(2), body.readinto(room), bytes(room), body.readinto1(memoryview(room)), bytes(room), body.read()

def with_block(body):
    with body as inside:
        return inside.read()

def no_file(body):
    failed = []
    for method in (body.fileno, body.tell, body.detach, lambda: body.seek(0), lambda: body.write(b'')):
        try:
            method()
        except io.UnsupportedOperation:
            failed.append('unsupported')
    return failed
`

describe.each(['python3', '/usr/bin/python3', 'embedded'])('of %s', (python) => {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  let host: Host
  beforeAll(async () => {
    writeFileSync(join(folder, 'app.py'), APP)
    writeFileSync(join(folder, 'body'), 'a,b\r\nc,ä\r\n')
    host = await createHost('app.py', {
      cwd: folder,
      env: { PATH: process.env.PATH },
      python,
      ...hostOptions().options,
    })
  })
  afterAll(async () => {
    await host.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function ask(path: string, body: Body | string) {
    const asked = callHost(host, { environ: { PATH_INFO: `/${path}` }, body, trace: true })
    await asked.over
    const chunks = asked.events.map((event) => (event.kind === 'chunk' ? latin1Decode(event.data) : ''))
    const reads = asked.events.flatMap((event) =>
      event.kind === 'inputRead' ? [`${event.method} ${event.returned} of ${event.asked} at ${event.offset}`] : [],
    )
    const noticed = asked.events.flatMap((event) => (event.kind === 'noticed' ? [event.rule] : []))
    return { text: chunks.join(''), reads, noticed }
  }

  test.each([
    ['kind', '', '(True, True, False, False, False)'],
    ['text', 'one\r\ntwo', "['one\\n', 'two']"],
    ['rows', 'a,b\r\n', "[['a', 'b']]"],
    ['text_twice', 'one\ntwo', "('one\\n', False, b'')"],
    ['buffered', 'abc', "b'abc'"],
    ['pieces', 'abcdefgh', "(b'ab', 3, b'cde', 3, b'fgh', b'')"],
    ['no_file', 'abc', String(`[${Array(5).fill("'unsupported'").join(', ')}]`)],
  ])('it is an io.BufferedIOBase: %s, and what wraps it may be collected', async (path, body, text) => {
    expect(await ask(path, body)).toMatchObject({ text, noticed: [] })
  })

  test('the same holds for a body that is kept in a file', async () => {
    const body = latin1Encode('a,b\r\nc,\xc3\xa4\r\n')
    const file: Body = { kind: 'file', path: join(folder, 'body'), length: body.length }
    expect((await ask('rows', file)).text).toBe("[['a', 'b'], ['c', '\\xe4']]")
    expect((await ask('pieces', file)).text).toContain("(b'a,', 3, b'b\\r\\n', 3")
  })

  test('what is read in other ways is reported as it is read', async () => {
    expect((await ask('pieces', 'abcdefgh')).reads).toEqual([
      'read 2 of 2 at 0',
      'read 3 of 3 at 2',
      'read 3 of 3 at 5',
      'read 0 of null at 8',
    ])
    expect((await ask('text', 'one')).reads[0]).toBe('read 3 of 8192 at 0')
  })

  test('to close it is remarked on where the application does it', async () => {
    expect(await ask('with_block', 'abc')).toMatchObject({ text: "b'abc'", noticed: ['stream-closed'] })
  })
})
