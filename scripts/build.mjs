/** dist/: the compiled server and core, the page, and what runs as it is written: Python, and what Pyodide runs in. */
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { brotliCompressSync, constants, gzipSync } from 'node:zlib'
import { markBuilt, root, run } from './setup.mjs'

const bin = (name) => join(root, 'node_modules', '.bin', name)
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
mkdirSync(dist, { recursive: true })
run(bin('tsc'), ['-b', 'shared', 'server'])
run(bin('vite'), ['build', '--logLevel', 'warn'])
compress(join(dist, 'web'))

/** Of the page's files, those that are text also lie there compressed: the server sends what the browser takes. */
function compress(folder) {
  for (const name of readdirSync(folder)) {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) compress(path)
    // The server writes a nonce into the page itself.
    else if (/\.(js|css|svg|json|txt)$/.test(name)) {
      const bytes = readFileSync(path)
      const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
      const coded = { '.br': brotliCompressSync(bytes, { params }), '.gz': gzipSync(bytes, { level: 9 }) }
      for (const [suffix, data] of Object.entries(coded)) {
        if (data.length < bytes.length) writeFileSync(path + suffix, data)
      }
    }
  }
}

/** The JavaScript of the source tree, which the compiler has nothing to do with, is that of embedded Python. */
const AS_IT_IS = /\.(py|mjs|js)$/

function copyAsItIs(from, to) {
  for (const name of readdirSync(from)) {
    const source = join(from, name)
    if (statSync(source).isDirectory()) {
      if (name !== '__pycache__' && name !== 'testing') copyAsItIs(source, join(to, name))
    } else if (AS_IT_IS.test(name)) {
      mkdirSync(to, { recursive: true })
      cpSync(source, join(to, name))
    }
  }
}
for (const folder of ['shared', 'server']) copyAsItIs(join(root, folder), join(dist, folder))

const cli = join(dist, 'server', 'cli.js')
if (existsSync(cli)) chmodSync(cli, 0o755)
markBuilt()
