/** What the context of Pyodide is handed, called with whatever it may think of: nothing of this realm comes back. */

import { execFileSync } from 'node:child_process'
import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createContext, Script } from 'node:vm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hostFunctions } from './hostFunctions.mjs'
import { ReadOnlyFolders } from './readOnlyFolders.mjs'

const outside = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
const folder = join(outside, 'application')
const exits: unknown[] = []
const socket = createServer()
mkdirSync(folder)
mkdirSync(join(folder, 'inner'))
writeFileSync(join(folder, 'app.py'), 'app = None')
writeFileSync(join(outside, 'secret.txt'), 'secret')
const file = openSync(join(outside, 'channel'), 'w+')

const host: Record<string, (...given: unknown[]) => unknown> = hostFunctions({
  folders: new ReadOnlyFolders([folder]),
  files: { wasm: new Uint8Array(8), stdlib: new Uint8Array(8) },
  channel: file,
  sentCounter: file,
  exit: (code: unknown) => exits.push(code),
})

beforeAll(async () => {
  symlinkSync('user@host:1', join(folder, '.#app.py'))
  symlinkSync('../secret.txt', join(folder, 'outwards'))
  symlinkSync('loop', join(folder, 'loop'))
  symlinkSync('app.py', join(folder, 'inwards'))
  execFileSync('mkfifo', [join(folder, 'pipe')])
  await new Promise<void>((resolve) => socket.listen(join(folder, 'socket'), resolve))
})
afterAll(() => {
  closeSync(file)
  socket.close()
  rmSync(outside, { recursive: true, force: true })
})

/** Made in a context: whatever asks one of them something is noticed in `asked`. */
const devils = new Script(`
  const asked = []
  const answer = (name) => () => { asked.push(name); return { toString() { throw new Error(name) } } }
  const hooks = ['get', 'has', 'ownKeys', 'getPrototypeOf', 'getOwnPropertyDescriptor', 'apply', 'construct']
  const traps = Object.fromEntries(hooks.map((name) => [name, answer(name)]))
  const asks = () => ({
    [Symbol.toPrimitive]: answer('toPrimitive'), toString: answer('toString'), valueOf: answer('valueOf'),
    [Symbol.for('nodejs.util.inspect.custom')]: answer('inspect'), then: answer('then'), toJSON: answer('toJSON'),
    get message() { return answer('message')() }, get constructor() { return answer('constructor')() },
    get length() { return answer('length')() }, get buffer() { return answer('buffer')() },
    get byteLength() { return answer('byteLength')() }, get [Symbol.toStringTag]() { return answer('tag')() },
    get href() { return answer('href')() }, [Symbol.iterator]: answer('iterator'),
  })
  const bytes = new Uint8Array(16)
  Object.defineProperties(bytes, Object.getOwnPropertyDescriptors(asks()))
  const floats = new Float64Array(4)
  class Array2 extends Uint8Array { static get [Symbol.species]() { return answer('species')() } }
  const error = new Error('x'); error.message = Symbol('x')
  const values = [
    asks(), Object.assign(() => {}, {}), new Proxy({}, traps), new Proxy(() => {}, traps), new Proxy(new Uint8Array(8), traps),
    bytes, floats, new Array2(8), new DataView(new ArrayBuffer(8)), new ArrayBuffer(8), new Uint8Array(new SharedArrayBuffer(8)),
    new Uint8Array(0), error, Symbol('x'), Symbol.iterator, 10n, null, undefined, true, NaN, -1, 0, 1, 1e9, 2 ** 53, 1e300, Infinity, 0.5,
    '', 'x', '\\0', '../..', '/', '/etc/passwd', 'x'.repeat(100000), Promise.resolve(1), [1], new Date(NaN), /x/, new Map(),
  ]
  ;({ asked, values })
`).runInContext(createContext())

const isPlain = (value: unknown): boolean =>
  value === undefined || typeof value === 'number' || typeof value === 'string'

describe('a function of the host throws nothing, asks nothing, and gives a number, a string or nothing', () => {
  const good: Record<string, unknown[]> = {
    receive: [new Uint8Array(8), 0, 1],
    send: [new Uint8Array(8), 0, 1],
    sent: [],
    // Of an empty text: this is the process of the tests.
    print: [1, new Uint8Array(0), 0, 0],
    stat: [join(folder, 'app.py'), new Float64Array(4)],
    lstat: [join(folder, 'app.py'), new Float64Array(4)],
    list: [folder],
    open: [join(folder, 'inner')],
    read: [99, new Uint8Array(8), 0, 1, 0],
    close: [99],
    fillRandom: [new Uint8Array(8)],
    now: [],
    exit: [1],
    sizeOf: ['wasm'],
    load: ['wasm', new Uint8Array(8)],
  }

  test('and each of them is tried', () => {
    expect(Object.keys(host).toSorted()).toEqual(Object.keys(good).toSorted())
    for (const act of Object.values(host)) expect(Object.hasOwn(act, 'prototype')).toBe(false)
  })

  test.each(Object.keys(good))('%s', (name) => {
    const given = good[name] ?? []
    const act = host[name]
    if (act === undefined) throw new Error(name)
    const results = [act(...given)]
    for (let place = 0; place < 5; place++) {
      for (const value of devils.values) {
        // What it prints would stand in the report of the tests.
        if (name === 'print' && typeof value === 'string') continue
        results.push(act(...Array.from({ length: 5 }, (_, at) => (at === place ? value : given[at]))))
        results.push(act(...Array.from({ length: 5 }, () => value)))
      }
    }
    expect(results.filter((result) => !isPlain(result))).toEqual([])
    expect(devils.asked).toEqual([])
  })
})

describe('what a folder holds is listed whatever it is', () => {
  const NAMES = ['.#app.py', 'app.py', 'inner', 'inwards', 'loop', 'outwards', 'pipe', 'socket']
  const modeOf = (how: 'stat' | 'lstat', name: string): number => {
    const facts = new Float64Array(4)
    const result = host[how]?.(join(folder, name), facts)
    return result === 0 ? (facts[0] ?? 0) & 0o170000 : Number(result)
  }

  test('its names are there, and the kind of each entry', () => {
    expect(String(host.list?.(folder)).split('/').toSorted()).toEqual(NAMES)
    expect(NAMES.map((name) => modeOf('lstat', name).toString(8))).toEqual([
      '120000',
      '100000',
      '40000',
      '120000',
      '120000',
      '120000',
      '10000',
      '140000',
    ])
  })

  test('what is followed lies in it, and can be read as a whole', () => {
    const NOT_THERE = -44
    const [FAILED, DENIED] = [-1, -2]
    expect(NAMES.map((name) => modeOf('stat', name))).toEqual([
      NOT_THERE,
      0o100000,
      0o040000,
      0o100000,
      FAILED,
      NOT_THERE,
      DENIED,
      DENIED,
    ])
  })

  test.each(['..', '../secret.txt', '.', '', 'inner/../../secret.txt'])(
    'nothing outside of it has facts: %s',
    (name) => {
      expect(modeOf('lstat', `/${name}`)).toBeLessThan(0)
      expect(host.lstat?.(`${folder}/${name}`, new Float64Array(4))).toBe(-44)
    },
  )
})
