/**
 * The process of one embedded CPython. Python runs in Pyodide, and Pyodide in a vm context of its own (context.js), which
 * holds nothing of Node but the functions of `host` below: they take numbers, strings and the context's own typed arrays
 * (border.mjs), never throw, and reach the channel, the output and the folders named in `settings.roots`.
 *
 * Python can be made to write into any of WebAssembly's memory, and from there to call any function that was imported into
 * it. So nothing here counts on what Python may name: what is to be out of reach is out of the context and, as far as
 * Node can, out of the process (permission flags and resource limits in launch.ts, denials.mjs).
 *
 * What is not kept apart: requests to the same application. WSGI calls it in one process, so one request can leave there
 * what it likes (a patched module, a callback of gc, weakref or atexit), read the bodies of those that wait behind it, and
 * answer them. Against an error of V8 itself the limits of the process are all there is.
 */
import { randomFillSync } from 'node:crypto'
import fs from 'node:fs'
import { constants, createContext, Script } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { guarded } from './border.mjs'
import { denyNode } from './denials.mjs'
import { ReadOnlyFolders } from './readOnlyFolders.mjs'

const CHANNEL = 3
const DOORBELL = 4

/** What launch.ts says. */
const settings = JSON.parse(process.argv[2] ?? '')

/** Ends this process with its parent, also in the middle of an endless loop. */
const parentWatch = new Worker(new URL('./parentWatch.mjs', import.meta.url))
await new Promise((resolve) => parentWatch.once('online', resolve))

const read = (path) => fs.readFileSync(path, 'utf8')
const files = {
  wasm: fs.readFileSync(`${settings.pyodide}/pyodide.asm.wasm`),
  stdlib: fs.readFileSync(`${settings.pyodide}/python_stdlib.zip`),
}
const folders = new ReadOnlyFolders(settings.roots)
const sent = new Float64Array(1)
const nobody = new Int32Array(new SharedArrayBuffer(4))
const fill = Uint8Array.prototype.set
const exit = process.exit.bind(process)
const now = performance.now.bind(performance)

/** Waits where the pipe is full. */
function print(fd, memory, at, length) {
  for (;;) {
    try {
      return fs.writeSync(fd, memory, at, length, null)
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
      Atomics.wait(nobody, 0, 0, 5)
    }
  }
}

const host = {
  __proto__: null,
  receive: guarded((memory, at, length) => fs.readSync(CHANNEL, memory, at, length, null)),
  send: guarded((memory, at, length) => fs.writeSync(CHANNEL, memory, at, length, null)),
  /** How many bytes the server has sent, those on their way among them: what a running request may wait for. */
  sent: guarded(() => (fs.readSync(DOORBELL, sent, 0, 8, 0) === 8 ? sent[0] : 0)),
  print: guarded((fd, memory, at, length) => print(fd === 2 ? 2 : 1, memory, at, length)),
  stat: guarded((path, facts) => folders.stat(path, facts)),
  list: guarded((path) => folders.list(path)),
  open: guarded((path) => folders.open(path)),
  read: guarded((file, memory, at, length, position) => folders.read(file, memory, at, length, position)),
  close: guarded((file) => folders.close(file)),
  fillRandom: guarded((memory) => void randomFillSync(memory)),
  now: guarded(() => now()),
  exit: guarded((code) => exit(Number(code) & 255)),
  sizeOf: guarded((name) => (name === 'stdlib' ? files.stdlib : files.wasm).length),
  load: guarded((name, into) => fill.call(into, name === 'stdlib' ? files.stdlib : files.wasm)),
}
const texts = settings.texts.map((path) => [path, read(path)])
const script = (path, filename) => new Script(read(path), { filename })
const prepare = new Script(`'use strict'; ${read(new URL('./context.js', import.meta.url))}`, {
  filename: 'context.js',
})
const pyodide = ['pyodide.asm.js', 'pyodide.js'].map((name) => script(`${settings.pyodide}/${name}`, name))
// An ordinary global object where Node has that (20.18, 22.8): of any other each look at a global asks Node first.
const context = createContext(constants?.DONT_CONTEXTIFY ?? Object.create(null), {
  name: 'embedded CPython',
  codeGeneration: { strings: false, wasm: true },
})
// Node itself would describe what a promise of the context was rejected with.
for (const event of ['uncaughtException', 'unhandledRejection']) process.on(event, () => exit(1))
denyNode(new Script('Object.getOwnPropertyNames(globalThis).join()').runInContext(context).split(','))
try {
  const start = prepare.runInContext(context)(
    host,
    JSON.stringify({ ...settings, texts, lockInfo: JSON.parse(read(`${settings.pyodide}/pyodide-lock.json`)).info }),
  )
  for (const part of pyodide) part.runInContext(context)
  start()
} catch (error) {
  fs.writeSync(2, `${error}\n`)
  exit(1)
}
