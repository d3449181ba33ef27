/** dist/: the compiled server and core, the page, and what runs as it is written: Python, and what Pyodide runs in. */
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { markBuilt, root, run } from './setup.mjs'

const bin = (name) => join(root, 'node_modules', '.bin', name)
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
mkdirSync(dist, { recursive: true })
run(bin('tsc'), ['-b', 'shared', 'server'])
run(bin('vite'), ['build', '--logLevel', 'warn'])

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
