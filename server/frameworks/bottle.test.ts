/** Bottle behind the real server. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openClient, until } from '../testing/harness.ts'
import { pythonWith } from './testing/interpreter.ts'
import { type Served, serve } from './testing/served.ts'

const FOLDER = fileURLToPath(new URL('testing/bottle', import.meta.url))
const NOTES = join(FOLDER, 'notes.py')
const SOURCE = readFileSync(NOTES, 'utf8')

const python = pythonWith('bottle')

describe.skipIf(python === null)('a Bottle application', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  let notes: Served
  beforeAll(async () => {
    notes = await serve('notes:app', FOLDER, python ?? '')
  })
  afterAll(async () => {
    await notes.close()
    rmSync(folder, { recursive: true, force: true })
  })

  test.each([
    ['a route', '/', [], 200, 'notes\n'],
    ['a filter that makes a number', '/note/7', [], 200, '{"number": 7}'],
    ['a filter that does not fit', '/note/seven', [], 404, /Error: 404 Not Found/],
    ['a method that there is not', '/note', [], 405, /Error: 405/],
    ['a redirect', '/old', [], 303, ''],
    ['abort()', '/forbidden', [], 403, /not for you/],
    ['HEAD', '/note/7', ['--head'], 200, ''],
    ['an exception', '/broken', [], 500, /Error: 500/],
    ['a form', '/note', ['-d', 'text=four&by=%E4%BD%A0'], 201, 'noted: four by 你\n'],
    ['a static file', '/static/notes.py', [], 200, SOURCE],
    ['a static file that there is not', '/static/none.py', [], 404, /File does not exist/],
  ] as const)('%s is answered by the application, and nothing is found', async (_, path, args, status, text) => {
    const answer = await notes.curl(path, ...args)
    if (typeof text === 'string') expect(answer.text).toBe(text)
    else expect(answer.text).toMatch(text)
    expect(answer.status).toBe(status)
    expect(answer.exchange.answered).toBe(`application ${status}`)
    expect(answer.exchange.findings).toEqual([])
  })

  test('a static file that is known is not sent again', async () => {
    const known = 'If-Modified-Since: Fri, 01 Jan 2100 00:00:00 GMT'
    const { status, text, exchange } = await notes.curl('/static/notes.py', '-H', known)
    expect([status, text, exchange.answered]).toEqual([304, '', 'application 304'])
    expect(exchange.findings).toEqual([])
  })

  test('a generator is sent piece by piece, while it runs', async () => {
    const go = join(folder, 'go')
    const id = notes.requests + 1
    const client = await openClient(notes.port)
    client.send(`GET /ticker?go=${go} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
    await until(() => client.received.includes('two\n'))
    expect(client.received).not.toContain('three')
    writeFileSync(go, '')
    await client.ended
    expect(client.received).toMatch(/\r\nthree\n\r\n0\r\n\r\n$/)
    const exchange = await notes.exchange(id)
    expect(exchange.all('app.yielded').map(({ length }) => length)).toEqual([4, 4, 6])
    expect(exchange.findings).toEqual([])
  })

  test('what it keeps in the environ is shown, and an exception says the line in the log', async () => {
    const { exchange } = await notes.curl('/broken')
    expect(exchange.changes['bottle.app']).toEqual([null, expect.stringContaining('Bottle object')])
    expect(exchange.one('app.called')).toMatchObject({ callable: 'Bottle.__call__', file: NOTES, line: 7 })
    expect(exchange.one('app.startResponse').stack).toEqual([{ folded: 2, of: ['bottle'] }])
    const line = SOURCE.split('\n').findIndex((text) => text.includes('1 // 0')) + 1
    expect(exchange.one('app.caught')).toMatchObject({ type: 'ZeroDivisionError' })
    expect(exchange.one('app.caught').stack[0]).toEqual({ file: NOTES, line, function: 'broken' })
    expect(exchange.all('log.line').map(({ text }) => text)).toContainEqual(expect.stringContaining(`File "${NOTES}"`))
  })
})
