/** Real files, real interpreters: what is called before, while and after an application is loaded anew. */
import { existsSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { latin1Decode } from '../../../shared/bytes/latin1.ts'
import type { Host, Reload, SourceText } from '../../../shared/gateway/host.ts'
import { createHost } from '../createHost.ts'
import { callHost, hostOptions, type Transcript } from '../testing/callHost.ts'

interface Reloading {
  host: Host
  folder: string
  reloads: Reload[]
  sources: SourceText[]
  lines(): string[]
  write(name: string, text: string): void
  /** Resolves to the `count`th reload. */
  reloaded(count?: number): Promise<Reload>
}

async function hostOf(
  files: Record<string, string>,
  spec: string,
  changes: { workers?: number; reload?: boolean; python?: string } = {},
): Promise<Reloading> {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text)
  for (const [name, text] of Object.entries(files)) write(name, text)
  const reloads: Reload[] = []
  const sources: SourceText[] = []
  const { options, heard } = hostOptions({ workers: changes.workers ?? 1 })
  const host = await createHost(spec, {
    ...options,
    cwd: folder,
    env: process.env,
    ...(changes.python === undefined ? {} : { python: changes.python }),
    onSource: (source) => sources.push(source),
    ...(changes.reload === false ? {} : { onReload: (reload: Reload) => reloads.push(reload) }),
  })
  onTestFinished(async () => {
    await host.close()
    rmSync(folder, { recursive: true, force: true })
  })
  return {
    ...{ host, folder, reloads, sources, write },
    lines: () => heard.log.map(({ text }) => text),
    reloaded: (count = 1) => until(() => reloads[count - 1]),
  }
}

const existsIn = (host: Host, name: string) => existsSync(join(dirname(host.app.file ?? ''), name))

/** Waits for what no event tells. */
async function until<T>(what: () => T | undefined | false): Promise<T> {
  for (;;) {
    const value = what()
    if (value !== undefined && value !== false) return value
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
}

const text = ({ events }: Transcript): string =>
  events.map((event) => (event.kind === 'chunk' ? latin1Decode(event.data) : '')).join('')
const called = ({ events }: Transcript) => events.find((event) => event.kind === 'called')
const get = (host: Host, path = '/', query = '') =>
  callHost(host, { environ: { PATH_INFO: path, QUERY_STRING: query }, trace: true })

async function ask(host: Host, path?: string): Promise<string> {
  const asked = get(host, path)
  await asked.over
  return text(asked)
}

/** Answers with a word, when the file that the query names is there. */
const slow = (word: string) => `import os
import time

def app(environ, start_response):
    while environ['QUERY_STRING'] and not os.path.exists(environ['QUERY_STRING']):
        time.sleep(0.005)
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'${word}']
`

describe('a Python application', () => {
  test('is loaded anew when its file changes, and says which version answers', async () => {
    const { host, folder, write, reloaded, sources } = await hostOf({ 'app.py': slow('one') }, 'app.py')
    expect(await ask(host)).toBe('one')
    // A second line above moves the definition; the same size and the same second must not hide a change.
    write('app.py', `\n${slow('two')}`)
    const file = join(folder, 'app.py')
    expect(await reloaded()).toMatchObject({
      changed: [file],
      version: 2,
      failure: null,
      app: { callable: 'app', line: 5 },
    })
    expect(host.app.line).toBe(5)
    const second = get(host)
    await second.over
    expect([text(second), called(second)]).toEqual(['two', expect.objectContaining({ file, line: 5, version: 2 })])
    expect(sources.map((source) => [source.file, source.text, source.version])).toEqual([
      [file, slow('one'), undefined],
      [file, `\n${slow('two')}`, 2],
    ])
  })

  test('is read again though its size and the second of its time are the same', async () => {
    const word = (value: string) => `WORD = b'${value}'\n`
    const app = `import words\n${slow('x').replace("b'x'", 'words.WORD')}`
    const { host, write, reloaded } = await hostOf({ 'app.py': app, 'words.py': word('aaa') }, 'app.py')
    expect(await ask(host)).toBe('aaa')
    for (const [index, value] of ['bbb', 'ccc', 'ddd'].entries()) {
      write('words.py', word(value))
      await reloaded(index + 1)
      expect(await ask(host)).toBe(value)
    }
  })

  test('finishes what its worker was given, begun or not; what waits goes to the new one', async () => {
    const { host, folder, write, reloaded } = await hostOf({ 'app.py': slow('one') }, 'app.py')
    const go = join(folder, 'go')
    const begun = get(host, '/', go)
    await begun.reported('called')
    // One worker is sent 33 requests at most; the others wait here.
    const behind = Array.from({ length: 40 }, () => get(host, '/', go))
    write('app.py', slow('two'))
    await reloaded()
    write('go', '')
    await Promise.all([begun, ...behind].map(({ over }) => over))
    expect(text(begun)).toBe('one')
    const answers = behind.map(text)
    expect(answers).toEqual([...Array(32).fill('one'), ...Array(8).fill('two')])
    for (const [index, request] of [begun, ...behind].entries()) {
      expect(called(request)).toEqual(expect.objectContaining({ worker: 1, ...(index > 32 ? { version: 2 } : {}) }))
      expect(request.events.at(-1)).toEqual({ kind: 'closed' })
    }
  })

  test('with several workers is replaced in all of them, and nobody is refused meanwhile', async () => {
    const { host, write, reloads, lines } = await hostOf({ 'app.py': slow('one') }, 'app.py', { workers: 3 })
    write('app.py', slow('two'))
    const answers: string[] = []
    while (reloads.length === 0) {
      const calls = Array.from({ length: 6 }, () => get(host))
      await Promise.all(calls.map(({ over }) => over))
      answers.push(...calls.map(text))
    }
    const calls = Array.from({ length: 30 }, () => get(host))
    await Promise.all(calls.map(({ over }) => over))
    expect(new Set(calls.map(text))).toEqual(new Set(['two']))
    expect(answers.filter((answer) => answer !== 'one' && answer !== 'two')).toEqual([])
    expect(lines().filter((line) => /is ready/.test(line))).toHaveLength(6)
  })

  test('that cannot be loaded is not: the one before keeps answering until the file is right again', async () => {
    const { host, folder, write, reloaded } = await hostOf({ 'app.py': slow('one') }, 'app.py')
    write('app.py', `${slow('two')}\ndef broken(:\n`)
    const file = join(folder, 'app.py')
    expect(await reloaded()).toMatchObject({
      changed: [file],
      version: 1,
      failure: {
        type: 'SyntaxError',
        ...{ file, line: 10 },
        message: expect.stringMatching(/^app\.py could not be loaded: SyntaxError: .*line 10\)$/),
        traceback: expect.stringContaining('def broken(:'),
      },
    })
    expect(await ask(host)).toBe('one')
    write('app.py', slow('three'))
    expect(await reloaded(2)).toMatchObject({ changed: [file], version: 2, failure: null })
    expect(await ask(host)).toBe('three')
  })

  test('that is put back as it was is the version that it was', async () => {
    const { host, write, reloaded } = await hostOf({ 'app.py': slow('one') }, 'app.py')
    write('app.py', '1 / 0')
    expect(await reloaded()).toMatchObject({ failure: { type: 'ZeroDivisionError', line: 1 } })
    write('app.py', slow('one'))
    expect(await reloaded(2)).toMatchObject({ version: 1, failure: null })
    expect(await ask(host)).toBe('one')
  })

  test('is another version when its bytes are others, also where the text reads the same', async () => {
    const { host, folder, reloaded, sources } = await hostOf({ 'app.py': slow('one') }, 'app.py')
    await ask(host)
    const saved = `\ufeff${slow('one').replaceAll('\n', '\r\n')}`
    writeFileSync(join(folder, 'app.py'), saved)
    expect(await reloaded()).toMatchObject({ version: 2, changed: [join(folder, 'app.py')], failure: null })
    await ask(host)
    const own = sources.filter(({ file }) => file === join(folder, 'app.py'))
    expect(own.map(({ text, version }) => [text, version])).toEqual([
      [slow('one'), undefined],
      [slow('one'), 2],
    ])
  })

  test.each(['latin-1', 'cp437'])('is shown as Python reads it, and so is its next version: %s', async (coding) => {
    const source = (letter: string) => `# coding: ${coding}\n# ${letter}\n${slow('one')}`
    const bytesOf = (letter: string) => Buffer.from(source(letter), 'latin1')
    const { host, folder, reloaded, sources } = await hostOf({ 'app.py': slow('nothing') }, 'app.py')
    writeFileSync(join(folder, 'app.py'), bytesOf('\x82'))
    await reloaded()
    await ask(host)
    writeFileSync(join(folder, 'app.py'), bytesOf('\x8a'))
    await reloaded(2)
    await ask(host)
    const [first, second] = coding === 'cp437' ? ['é', 'è'] : ['\x82', '\x8a']
    expect(sources.slice(-2).map(({ text, version }) => [text, version])).toEqual([
      [source(first), 2],
      [source(second), 3],
    ])
  })

  test('is loaded again when a module appears that it could not find', async () => {
    const { host, folder, write, reloaded } = await hostOf({ 'app.py': slow('one') }, 'app.py')
    write('app.py', `import later\n${slow('two')}`)
    expect(await reloaded()).toMatchObject({ failure: { type: 'ModuleNotFoundError', line: 1 } })
    write('later.py', '')
    expect(await reloaded(2)).toMatchObject({ changed: [join(folder, 'later.py')], failure: null })
    expect(await ask(host)).toBe('two')
  })

  test('is loaded anew when a module changes that a request has imported', async () => {
    const lazy = slow('x').replace("[b'x']", '[__import__("lazy").WORD]')
    const { host, folder, write, reloaded } = await hostOf({ 'app.py': lazy, 'lazy.py': "WORD = b'one'" }, 'app.py')
    expect(await ask(host)).toBe('one')
    // The worker tells of the import behind its answer, and before the next.
    await ask(host)
    write('lazy.py', "WORD = b'another'")
    expect(await reloaded()).toMatchObject({ changed: [join(folder, 'lazy.py')], failure: null })
    expect(await ask(host)).toBe('another')
  })

  test('is loaded once for a burst of writes, for a file that is replaced, and for one that was away', async () => {
    const { host, folder, write, reloads, reloaded } = await hostOf({ 'app.py': slow('one') }, 'app.py')
    for (let i = 0; i < 20; i++) {
      write('app.py', slow(`burst ${i}`))
      await new Promise((resolve) => setImmediate(resolve))
    }
    await reloaded()
    expect([reloads.length, await ask(host)]).toEqual([1, 'burst 19'])
    write('app.py.new', slow('renamed'))
    renameSync(join(folder, 'app.py.new'), join(folder, 'app.py'))
    await reloaded(2)
    expect(await ask(host)).toBe('renamed')
    rmSync(join(folder, 'app.py'))
    expect(await reloaded(3)).toMatchObject({ failure: { type: 'FileNotFoundError' } })
    expect(await ask(host)).toBe('renamed')
    write('app.py', slow('back'))
    expect(await reloaded(4)).toMatchObject({ failure: null })
    expect(await ask(host)).toBe('back')
  })

  test('that changes while it is being loaded is loaded as it is in the end', async () => {
    const { host, write, reloads, reloaded } = await hostOf({ 'app.py': slow('one') }, 'app.py')
    const hanging = `import os, time\nopen(os.path.join(os.path.dirname(__file__), 'loading'), 'w').close()\ntime.sleep(1000)\n`
    write('app.py', hanging)
    await until(() => existsIn(host, 'loading'))
    write('app.py', slow('two'))
    await reloaded()
    expect([reloads.length, reloads[0]?.failure]).toEqual([1, null])
    expect(await ask(host)).toBe('two')
  })

  test('is closed while it is being loaded', async () => {
    const { host, write } = await hostOf({ 'app.py': slow('one') }, 'app.py')
    const hanging = `import os, time\nopen(os.path.join(os.path.dirname(__file__), 'loading'), 'w').close()\ntime.sleep(1000)\n`
    write('app.py', hanging)
    await until(() => existsIn(host, 'loading'))
    await host.close()
  })

  test('is left alone where nobody asked for it; a worker that dies is replaced by what the file is now', async () => {
    const { host, write, sources, lines } = await hostOf({ 'app.py': slow('one') }, 'app.py', { reload: false })
    const pid = Number(/pid (\d+)/.exec(lines().join('\n'))?.[1])
    expect(await ask(host)).toBe('one')
    write('app.py', slow('two'))
    process.kill(pid, 'SIGKILL')
    while ((await ask(host)) !== 'two') expect(sources.length).toBeLessThanOrEqual(2)
    expect(sources.map(({ version }) => version)).toEqual([undefined, 2])
  })
})

test('an application in embedded CPython is loaded anew like any other', async () => {
  const files = { 'app.py': `import words\n${slow('x').replace("b'x'", 'words.WORD')}`, 'words.py': "WORD = b'one'" }
  const { host, folder, write, reloaded } = await hostOf(files, 'app.py', { python: 'embedded' })
  expect(await ask(host)).toBe('one')
  write('words.py', 'WORD = ')
  expect(await reloaded()).toMatchObject({ version: 1, failure: { type: 'SyntaxError', line: 1 } })
  expect(await ask(host)).toBe('one')
  write('words.py', "WORD = b'two'")
  expect(await reloaded(2)).toMatchObject({ changed: [join(folder, 'words.py')], version: 2, failure: null })
  const second = get(host)
  await second.over
  expect([text(second), called(second)]).toEqual(['two', expect.objectContaining({ version: 2 })])
})

const module = (word: string) => `import { punctuation } from './punctuation.ts'
export function app(_environ, startResponse) {
  startResponse('200 OK', [])
  return [new TextEncoder().encode('${word}' + punctuation)]
}
`

describe.each([
  ['an ES module', { 'package.json': '{"type":"module"}' }],
  ['a CommonJS module', { 'package.json': '{}' }],
])('a TypeScript application, %s', (_, description) => {
  const files = { ...description, 'punctuation.ts': "export const punctuation = '.'", 'app.ts': module('one') }

  test('is loaded anew when it, or what it imports, changes', async () => {
    const { host, folder, write, reloaded, sources } = await hostOf(files, 'app.ts')
    expect(await ask(host)).toBe('one.')
    write('app.ts', `\n${module('two')}`)
    expect(await reloaded()).toMatchObject({ changed: [join(folder, 'app.ts')], version: 2, app: { line: 3 } })
    expect(await ask(host)).toBe('two.')
    write('punctuation.ts', "export const punctuation = '!'")
    expect(await reloaded(2)).toMatchObject({ changed: [join(folder, 'punctuation.ts')], version: 3 })
    const third = get(host)
    await third.over
    expect([text(third), called(third)]).toEqual(['two!', expect.objectContaining({ version: 3, line: 3 })])
    expect(sources.map(({ text: of, version }) => [of, version])).toEqual([
      [module('one'), undefined],
      [`\n${module('two')}`, 2],
    ])
  })

  test('that cannot be loaded is not: the one before keeps answering', async () => {
    const { host, folder, write, reloaded } = await hostOf(files, 'app.ts')
    write('app.ts', `${module('two')}\nexport function {`)
    const file = join(folder, 'app.ts')
    expect(await reloaded()).toMatchObject({ version: 1, failure: { file, line: 7, traceback: expect.any(String) } })
    expect(await ask(host)).toBe('one.')
    write('app.ts', `import './missing.ts'\n${module('two')}`)
    expect(await reloaded(2)).toMatchObject({ failure: { message: expect.stringContaining('missing.ts') } })
    write('missing.ts', 'export {}')
    expect(await reloaded(3)).toMatchObject({ changed: [join(folder, 'missing.ts')], failure: null })
    expect(await ask(host)).toBe('two.')
    write('app.ts', "throw new RangeError('at the top')")
    expect(await reloaded(4)).toMatchObject({ failure: { type: 'RangeError', file } })
    expect(await ask(host)).toBe('two.')
  })
})

test('a call under way stays with the module that it began in, the next one is the new one', async () => {
  const waiting = (word: string) => `let go
export const app = async (environ, startResponse) => {
  startResponse('200 OK', [])
  if (environ.PATH_INFO === '/wait') await new Promise((resolve) => { globalThis.wsgiscopeGo = resolve })
  return [new TextEncoder().encode('${word}')]
}
`
  const files = { 'package.json': '{"type":"module"}', 'app.ts': waiting('one') }
  const { host, write, reloaded } = await hostOf(files, 'app.ts')
  const old = get(host, '/wait')
  await old.reported('called')
  const queued = get(host)
  write('app.ts', waiting('two'))
  await reloaded()
  const go: unknown = Reflect.get(globalThis, 'wsgiscopeGo')
  if (typeof go === 'function') go()
  await Promise.all([old.over, queued.over])
  expect([text(old), text(queued)]).toEqual(['one', 'two'])
})
