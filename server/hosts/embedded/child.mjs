/**
 * The process of one embedded CPython. Python runs in Pyodide, and Pyodide in a vm context of its own (context.js), which
 * holds nothing of Node but the functions of `host` below: they take numbers, strings and the context's own typed arrays
 * (membrane.mjs), never throw, and reach the channel, the output and the folders named in `settings.roots`.
 *
 * Python can be made to write into any of WebAssembly's memory, and from there to call any function that was imported into
 * it. So nothing here counts on what Python may name: what is to be out of reach is out of the context and, as far as
 * Node can, out of the process (permission flags and resource limits in launch.ts, denials.mjs).
 *
 * What is not kept apart: requests to the same application. WSGI calls it in one process, so one request can leave there
 * what it likes (a patched module, a callback of gc, weakref or atexit), read the bodies of those that wait behind it, and
 * answer them. Against an error of V8 itself the limits of the process are all there is.
 */
import fs from 'node:fs'
import { constants, createContext, Script } from 'node:vm'
import { Worker } from 'node:worker_threads'
import { denyNode } from './denials.mjs'
import { hostFunctions } from './hostFunctions.mjs'
import { ReadOnlyFolders } from './readOnlyFolders.mjs'

const CHANNEL = 3
const SENT_COUNTER = 4

/** What launch.ts says. */
const settings = JSON.parse(process.argv[2] ?? '')

/** Ends this process with its parent, also in the middle of an endless loop. */
const parentWatch = new Worker(new URL('./parentWatch.mjs', import.meta.url))
await new Promise((resolve) => parentWatch.once('online', resolve))

const read = (path) => fs.readFileSync(path, 'utf8')
const exit = process.exit.bind(process)
const files = {
  wasm: fs.readFileSync(`${settings.pyodide}/pyodide.asm.wasm`),
  stdlib: fs.readFileSync(`${settings.pyodide}/python_stdlib.zip`),
}
const host = hostFunctions({
  folders: new ReadOnlyFolders(settings.roots),
  files,
  channel: CHANNEL,
  sentCounter: SENT_COUNTER,
  exit,
})
const modules = settings.modules.map(([name, path]) => [name, read(path)])
const prepare = new Script(`'use strict'; ${read(new URL('./context.js', import.meta.url))}`, {
  filename: 'context.js',
})
/** Pyodide's own code, changed where it would have Node do something, or counts on what this context does not have. */
const CHANGES = {
  'pyodide.asm.js': [
    // `import()` of a context is answered by Node, with an error of its own; there is nothing to be imported here.
    [/\bimport\s*\(/g, 'importedNowhere('],
    // What counts as an error there has a stack, which none has here (context.js).
    [/typeof (\w+)\.stack!="string"\|\|/, ''],
  ],
  'pyodide.js': [[/\bimport\s*\(/g, 'importedNowhere(']],
}
const pyodide = Object.entries(CHANGES).map(([name, changes]) => {
  let code = read(`${settings.pyodide}/${name}`)
  for (const [found, instead] of changes) {
    const before = code
    code = code.replace(found, instead)
    if (code === before) throw new Error(`${name} has no ${found}: it is another version`)
  }
  return new Script(code, { filename: name })
})
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
    JSON.stringify({ ...settings, modules, lockInfo: JSON.parse(read(`${settings.pyodide}/pyodide-lock.json`)).info }),
  )
  for (const part of pyodide) part.runInContext(context)
  start()
} catch (error) {
  // Nothing of the application has run: the error is Pyodide's own.
  fs.writeSync(2, `${error}\n`)
  exit(1)
}
