/** `npm run dev`: the server from its sources, started anew on every change, and the page with hot reload in front. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { ensureInstalled, root } from './setup.mjs'

ensureInstalled()
const bin = (name) => join(root, 'node_modules', '.bin', name)
const options = { cwd: root, stdio: 'inherit', shell: process.platform === 'win32' }
const children = [
  spawn(bin('tsx'), ['watch', 'server/cli.ts', '--no-open', ...process.argv.slice(2)], options),
  spawn(bin('vite'), [], options),
]
for (const child of children) {
  child.on('exit', () => {
    for (const other of children) other.kill('SIGINT')
  })
}
// Ctrl-C reaches the children by itself; this process waits for them.
process.on('SIGINT', () => undefined)
