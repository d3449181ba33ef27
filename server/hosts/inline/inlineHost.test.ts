/** What only an application in this process does: answer at once, and wait for promises. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { latin1Decode } from '../../../shared/bytes/latin1.ts'
import { CREDIT } from '../../../shared/gateway/credit.ts'
import type { Host, HostOptions } from '../../../shared/gateway/host.ts'
import { parseAppSpec } from '../appSpec.ts'
import { callHost, type Heard, hostOptions, type Transcript } from '../testing/callHost.ts'
import { createInlineHost } from './inlineHost.ts'

async function startHost(
  source: string,
  changes: Partial<HostOptions> = {},
): Promise<{ host: Host; heard: Heard; file: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const file = join(folder, 'app.ts')
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }')
  writeFileSync(file, `const bytes = (text: string) => new TextEncoder().encode(text)\n${source}`)
  const { options, heard } = hostOptions(changes)
  const host = await createInlineHost(parseAppSpec('app.ts', folder), { ...changes, ...options })
  return { host, heard, file }
}

const kinds = ({ events }: Transcript) => events.map(({ kind }) => kind)
const answer = ({ events }: Transcript) =>
  events.map((event) => (event.kind === 'chunk' ? latin1Decode(event.data) : '')).join('')

const ANSWER = ['called', 'startResponse', 'returned', 'chunk', 'exhausted', 'closed']

test('a plain answer is reported in the turn of its call', async () => {
  const { host } = await startHost('export const app = (_, start) => { start("200 OK", []); return [bytes("a")] }')
  const asked = callHost(host)
  let turned = false
  setImmediate(() => {
    turned = true
  })
  await asked.over
  expect(turned).toBe(false)
  expect(kinds(asked)).toEqual(ANSWER)
})

test('a promise of an answer is waited for', async () => {
  const { host } = await startHost(
    'export const app = async (_, start) => { await null; start("200 OK", []); return [bytes("a")] }',
  )
  const asked = callHost(host)
  await asked.reported('called')
  expect(kinds(asked)).toEqual(['called'])
  await asked.over
  expect(kinds(asked)).toEqual(ANSWER)
})

test('an async generator gives its chunks one by one, and its finally runs when nobody waits for more', async () => {
  const { host } = await startHost(`
    export async function* app(environ, start) {
      start('200 OK', [])
      try {
        for (let i = 0; ; i++) yield bytes('x'.repeat(${Math.ceil(0.45 * CREDIT)}))
      } finally {
        environ['wsgi.errors'].write('left\\n')
      }
    }`)
  const asked = callHost(host)
  await asked.reported('chunk', 3)
  asked.running.abort()
  await asked.over
  const steps = kinds(asked).filter((kind, n, all) => kind !== all[n - 1])
  expect(steps).toEqual(['called', 'returned', 'startResponse', 'chunk', 'logged', 'closed'])
})

test('a rejected promise is what was raised', async () => {
  const { host } = await startHost('export const app = async () => { throw new RangeError("no") }')
  const asked = callHost(host)
  await asked.over
  expect(asked.events).toContainEqual(expect.objectContaining({ kind: 'raised', type: 'RangeError', message: 'no' }))
})

test('one request at a time for each worker: the others wait in order', async () => {
  const source = `
    const waiting = []
    export const app = async (environ, start) => {
      if (environ.PATH_INFO === '/go') { for (const go of waiting.splice(0)) go() }
      else await new Promise((resolve) => waiting.push(resolve))
      start('200 OK', [])
      return [bytes(environ.PATH_INFO)]
    }`
  const { host } = await startHost(source, { workers: 2, mostWaiting: 1 })
  const call = (PATH_INFO: string) => callHost(host, { environ: { PATH_INFO } })
  const [slow, go, next, refused] = [call('/slow'), call('/go'), call('/go'), call('/go')]
  expect(host.multithread).toBe(true)
  expect(next.events).toEqual([{ kind: 'queued', ahead: 2 }])
  expect(refused.events).toEqual([
    { kind: 'died', status: 503, reason: 'all workers are busy and 1 requests are waiting' },
  ])
  await Promise.all([slow.over, go.over, next.over])
  expect([slow, go, next].map(answer)).toEqual(['/slow', '/go', '/go'])
  expect([slow, go, next].map(({ events }) => events.find(({ kind }) => kind === 'called'))).toMatchObject([
    { worker: 1 },
    { worker: 2 },
    { kind: 'called' },
  ])
})

test('a promise that never comes is given up: 504, and its worker is free', async () => {
  const { host } = await startHost(
    `export const app = (environ, start) => {
      if (environ.PATH_INFO === '/hang') return new Promise(() => {})
      start('200 OK', [])
      return [bytes('a')]
    }`,
    { appTimeoutMs: 500 },
  )
  const hung = callHost(host, { environ: { PATH_INFO: '/hang' } })
  const next = callHost(host)
  await Promise.all([hung.over, next.over])
  expect(hung.events.at(-1)).toEqual({
    kind: 'died',
    status: 504,
    reason: 'the application gave no byte for 0.5 s: it was given up',
  })
  expect(kinds(next)).toEqual(['queued', ...ANSWER])
})

test('a request given up while it waits is never called', async () => {
  const { host } = await startHost('export const app = () => new Promise(() => {})', { appTimeoutMs: 500 })
  const hung = callHost(host)
  const waiting = callHost(host)
  waiting.running.abort()
  await Promise.all([hung.over, waiting.over])
  expect(kinds(waiting)).toEqual(['queued', 'closed'])
})

test('the host closes after the requests under way', async () => {
  const { host } = await startHost(
    'export const app = async (_, start) => { await null; start("200 OK", []); return [bytes("a")] }',
  )
  const asked = callHost(host)
  await host.close()
  expect(answer(asked)).toBe('a')
  expect(callHost(host).events).toEqual([
    { kind: 'died', status: 503, reason: 'the server is stopping', cause: 'stopping' },
  ])
})

test('a stack and a traceback name the lines of the source, not of what was made of it', async () => {
  const { file, heard } = await startHost(`
    interface Nothing {
      at: 'all'
    }

    function inner(start: (status: string, headers: Nothing[]) => void) {
      start('200 OK', [])
    }

    export const app = (_: unknown, start: Parameters<typeof inner>[0]) => {
      inner(start)
      throw new RangeError('no')
    }`)
  const events = runInNode(file)
  expect(events.find(({ kind }) => kind === 'startResponse')?.stack).toEqual([
    { file, line: 8, function: 'inner' },
    { file, line: 12, function: expect.stringContaining('app') },
  ])
  expect(events.find(({ kind }) => kind === 'raised')?.traceback).toMatch(
    new RegExp(`^RangeError: no\\n {4}at (?:\\w+\\.)?app \\(${file}:13:\\d+\\)$`, 'm'),
  )
  expect(events.find(({ kind }) => kind === 'raised')?.stack).toEqual([
    { file, line: 13, function: expect.stringContaining('app') },
  ])
  expect(heard.sources).toEqual([{ file, text: readFileSync(file, 'utf8') }])
})

test('a read and a write() are told with the line of the source that called', async () => {
  const { file } = await startHost(`
    interface Nothing {
      at: 'all'
    }

    export const app = (environ: any, start: any) => {
      const read = () => environ['wsgi.input'].read(2)
      read()
      for (const line of environ['wsgi.input']) void line
      const write = start('200 OK', [] satisfies Nothing[])
      write(bytes('a'))
      return [bytes('b')]
    }`)
  const frames = runInNode(file).flatMap(({ kind, frame }) => (frame === undefined ? [] : [[kind, frame]]))
  const at = (line: number) => expect.objectContaining({ file, line })
  expect(frames).toEqual([
    ['inputRead', at(8)],
    ['inputRead', at(10)],
    ['write', at(12)],
  ])
})

/** In a Node process of its own, since the test runner puts its own stacks in the place of Node's. */
function runInNode(file: string): { kind: string; stack?: unknown; frame?: unknown; traceback?: string }[] {
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href)
  const script = `
    const { createInlineHost } = await import(${module('./inlineHost.ts')})
    const { parseAppSpec } = await import(${module('../appSpec.ts')})
    const { callHost, hostOptions } = await import(${module('../testing/callHost.ts')})
    const { options } = hostOptions()
    const host = await createInlineHost(parseAppSpec(${JSON.stringify(file)}, '/'), options)
    const call = callHost(host, { trace: true })
    await call.over
    process.stdout.write(JSON.stringify(call.events))
  `
  const arguments_ = ['--import', 'tsx', '--input-type=module', '--eval', script]
  const cwd = new URL('../../..', import.meta.url)
  return JSON.parse(execFileSync(process.execPath, arguments_, { cwd, encoding: 'utf8' }))
}

const ODD: [string, string][] = [
  ['no Error', 'throw null'],
  ['an object that has no text', 'throw Object.create(null)'],
  ['a Symbol', 'throw Symbol("x")'],
  ['a Proxy', 'throw new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } })'],
  ['a Proxy of an Error', 'throw new Proxy(new Error("x"), { get() { throw new Error("again") } })'],
  ['getters', 'throw Object.defineProperty(new Error("x"), "stack", { get() { throw 1 } })'],
  ['a message that is none', 'throw Object.assign(new Error("x"), { message: Symbol("m"), name: {}, stack: 5 })'],
  [
    'no constructor',
    'throw Object.assign(Object.setPrototypeOf(new Error("x"), Object.create(Error.prototype, { constructor: { value: null } })), { name: "" })',
  ],
  ['a rejection without a text', 'return Promise.reject(Object.create(null))'],
  [
    'a rejection of a Proxy',
    'return Promise.reject(new Proxy({}, { get() { throw 1 }, getPrototypeOf() { throw 2 } }))',
  ],
  ['a promise that cannot be waited for', 'return Object.assign(Promise.resolve([]), { then() { throw 1 } })'],
  [
    'a result that answers nothing',
    'return new Proxy([], { get() { throw 1 }, has() { throw 2 }, getPrototypeOf() { throw 3 } })',
  ],
  ['a length', 'return { [Symbol.iterator]: () => [bytes("a")].values(), get length() { throw null } }'],
  ['no iterator', 'return { [Symbol.iterator]: () => null }'],
  [
    'an iterator that cannot be left',
    'return { [Symbol.iterator]: () => ({ next() { throw null }, get return() { throw null } }) }',
  ],
  ['a close()', 'return { [Symbol.iterator]: () => [bytes("a")].values(), get close() { throw null } }'],
]

test.each(ODD)('whatever is thrown is told, and the next request is served: %s', async (_, body) => {
  const { host } = await startHost(
    `let calls = 0
    export function app(environ, start) {
      if (++calls > 1) return start('200 OK', []), [bytes('next')]
      ${body}
    }`,
  )
  const asked = callHost(host, { trace: true })
  const next = callHost(host, { trace: true })
  await asked.over
  const raised = asked.events.filter((event) => event.kind === 'raised')
  expect(raised.length).toBeGreaterThan(0)
  for (const { type, message, traceback } of raised) {
    expect([typeof type, typeof message, typeof traceback]).toEqual(['string', 'string', 'string'])
    expect(traceback).not.toBe('')
  }
  expect(kinds(asked).at(-1)).toBe('closed')
  await next.over
  expect(answer(next)).toBe('next')
})

test('of a long message the beginning and the end are told', async () => {
  const { host } = await startHost('export const app = () => { throw new Error("x".repeat(1_000_000)) }')
  const asked = callHost(host)
  await asked.over
  const raised = asked.events.find((event) => event.kind === 'raised')
  expect(raised?.message).toMatch(/^x+…x+$/)
  expect([raised?.message.length, raised?.traceback.length]).toEqual([64 * 1024, 64 * 1024])
})

test('what cannot be shown of the environ keeps no request', async () => {
  const { host } = await startHost(
    `export const app = (environ, start) => {
      environ['my.odd'] = new Proxy({}, { getPrototypeOf() { throw 1 } })
      start('200 OK', [])
      return [bytes('a')]
    }`,
  )
  const asked = callHost(host, { trace: true })
  await asked.over
  const changed = asked.events.find((event) => event.kind === 'environChanged')
  expect(changed).toMatchObject({ key: 'my.odd', after: '<repr() failed: it threw no error>' })
  expect(answer(asked)).toBe('a')
})

test.each([
  ['null', 'it threw null'],
  ['Object.create(null)', 'it threw what cannot be said'],
  ['Object.assign(new Error("x"), { message: Symbol("m"), name: "Odd" })', 'Odd: Symbol(m)'],
])('whatever a module throws is said at the start: %s', async (thrown, said) => {
  await expect(startHost(`throw ${thrown}\nexport const app = () => []`)).rejects.toThrow(
    `app.ts could not be loaded: ${said}`,
  )
})
