/** A whole server whose application's file changes: what clients get, what pages are told, what the log says. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { checkOrder } from '../shared/testing/checkOrder.ts'
import { readTrace } from '../shared/trace/file.ts'
import { sourceIn } from '../shared/trace/sourceTexts.ts'
import { TraceIndex } from '../shared/trace/traceIndex.ts'
import { openClient, Page, startServer, until } from './testing/harness.ts'

const python = (word: string) => `def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain'), ('Content-Length', '3')])
    return [b'${word}']
`
const typescript = (word: string) => `export const app = (_environ, startResponse) => {
  startResponse('200 OK', [['Content-Type', 'text/plain'], ['Content-Length', '3']])
  return [new TextEncoder().encode('${word}')]
}
`
const BROKEN = { 'app.py': 'def (', 'app.ts': 'export const (' }

async function serve(name: 'app.py' | 'app.ts', text: string, ...flags: string[]) {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}')
  const file = join(folder, name)
  writeFileSync(file, text)
  const own = flags.map((flag) => (flag.endsWith('.ndjson') ? join(folder, flag) : flag))
  return { file, server: await startServer(`${file}:app`, ...own) }
}

/** Asks again and again on one connection, until told to stop; the bodies. */
function keepAsking(port: number) {
  const bodies: string[] = []
  let asking = true
  const over = (async () => {
    const client = await openClient(port)
    while (asking) {
      const before = client.received.length
      client.send('GET / HTTP/1.1\r\nHost: localhost\r\n\r\n')
      await until(() => /\r\n\r\n.{3}/s.test(client.received.slice(before)))
      bodies.push(client.received.slice(before).replace(/^HTTP\/1\.1 (\d+)[\s\S]*\r\n\r\n/, '$1 '))
    }
  })()
  return {
    bodies,
    stop: async () => {
      asking = false
      await over
    },
  }
}

test.each([
  ['app.py', python, ['--workers', '1']],
  ['app.py', python, ['--workers', '2']],
  ['app.ts', typescript, []],
] as const)(
  '%s changes while it is asked: every request is answered, by the old one and then by the new',
  async (...which) => {
    const [name, write, flags] = which
    const { file, server } = await serve(name, write('one'), '--trace', 'trace.ndjson', ...flags)
    const page = await Page.open(server.uiPort)
    const clients = [1, 2, 3].map(() => keepAsking(server.port))
    await until(() => clients.every(({ bodies }) => bodies.length > 3))
    writeFileSync(file, `\n${write('two')}`)
    const reloaded = await until(() => page.events.find((event) => event.kind === 'app.reloaded'))
    expect(reloaded).toMatchObject({ changed: [file], version: 2, line: 2, file, failure: null })
    const asked = clients.map(({ bodies }) => bodies.length)
    await until(() => clients.every(({ bodies }, index) => bodies.length > Number(asked[index]) + 3))
    await Promise.all(clients.map(({ stop }) => stop()))
    for (const { bodies } of clients) {
      const turn = bodies.indexOf('200 two')
      expect(bodies).toEqual([...Array(turn).fill('200 one'), ...Array(bodies.length - turn).fill('200 two')])
    }
    expect(server.lines).toContain(`reloaded: ${name} changed`)
    await server.close()
    const { events } = readTrace(readFileSync(join(dirname(file), 'trace.ndjson'), 'utf8'))
    checkOrder(events)
    expect(events.filter(({ kind }) => kind === 'app.reloaded')).toEqual([reloaded])
  },
)

test.each([
  ['app.py', python],
  ['app.ts', typescript],
] as const)('%s: a page that comes later is told what is called now, and has both texts', async (name, write) => {
  const { file, server } = await serve(name, write('one'))
  const { stop } = keepAsking(server.port)
  await until(() => server.log.totals.answered > 2)
  writeFileSync(file, `\n${write('two')}`)
  await until(() => server.lines.some((line) => line.startsWith('reloaded')))
  const answered = server.log.totals.answered
  await until(() => server.log.totals.answered > answered + 4)
  await stop()
  const late = await Page.open(server.uiPort)
  await until(() => late.all('snapshot').at(-1)?.last)
  const index = new TraceIndex()
  index.append(late.events)
  const [hello] = late.all('hello')
  expect([hello?.app?.file, hello?.app?.line]).toEqual([file, 2])
  expect([1, 2, null].map((version) => sourceIn(index.facts.sources, file, version)?.text)).toEqual([
    ...[write('one'), `\n${write('two')}`, `\n${write('two')}`],
  ])
  // Nobody watched then, so the events of old requests are younger than the new text: their version tells.
  const versions = late.events.flatMap((event) => (event.kind === 'app.called' ? (event.version ?? 1) : []))
  expect(new Set(versions)).toEqual(new Set([1, 2]))
})

test.each([
  ['app.py', python],
  ['app.ts', typescript],
] as const)(
  '%s that cannot be loaded is said in the log and on pages, early and late, and goes on as it was',
  async (...which) => {
    const [name, write] = which
    const { file, server } = await serve(name, write('one'))
    const { bodies, stop } = keepAsking(server.port)
    writeFileSync(file, BROKEN[name])
    await until(() => server.lines.some((line) => line.endsWith('the previous version keeps answering')))
    const asked = bodies.length
    await until(() => bodies.length > asked + 3)
    const late = await Page.open(server.uiPort)
    const reloaded = await until(() => late.events.find((event) => event.kind === 'app.reloaded'))
    expect(reloaded).toMatchObject({
      changed: [file],
      version: 1,
      failure: { file, line: 1, type: expect.any(String) },
    })
    expect(server.lines.join('\n')).toMatch(new RegExp(`SyntaxError: .*\\n.*${name}|${name}[^]*SyntaxError`))
    writeFileSync(file, write('two'))
    await until(() => server.lines.some((line) => line.startsWith('reloaded')))
    await until(() => bodies.at(-1) === '200 two')
    await stop()
    expect(bodies.filter((body) => !/^200 (one|two)$/.test(body))).toEqual([])
  },
)

test('with --no-reload nothing is looked at', async () => {
  const { file, server } = await serve('app.py', python('one'), '--no-reload')
  const watched = await serve('app.py', python('one'))
  const texts = { [file]: server, [watched.file]: watched.server }
  for (const path of Object.keys(texts)) writeFileSync(path, python('two'))
  await until(() => watched.server.lines.some((line) => line.startsWith('reloaded')))
  expect(await (await fetch(`${server.http}`)).text()).toBe('one')
  expect(server.lines.filter((line) => /reload|is ready/.test(line))).toHaveLength(1)
})
