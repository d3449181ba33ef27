/** dist/: the compiled server and core, the page, and the Python files that run as they are. */
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { markBuilt, root, run } from './setup.mjs'

const bin = (name) => join(root, 'node_modules', '.bin', name)
const dist = join(root, 'dist')

rmSync(dist, { recursive: true, force: true })
mkdirSync(dist, { recursive: true })
run(bin('tsc'), ['-b', 'shared', 'server'])
run(bin('vite'), ['build', '--logLevel', 'warn'])

function copyPython(from, to) {
  for (const name of readdirSync(from)) {
    const source = join(from, name)
    if (statSync(source).isDirectory()) {
      if (name !== '__pycache__' && name !== 'testing') copyPython(source, join(to, name))
    } else if (name.endsWith('.py')) {
      mkdirSync(to, { recursive: true })
      cpSync(source, join(to, name))
    }
  }
}
for (const folder of ['shared', 'server']) copyPython(join(root, folder), join(dist, folder))

const cli = join(dist, 'server', 'cli.js')
if (existsSync(cli)) chmodSync(cli, 0o755)
markBuilt()
