/**
 * `npm run test:quick`: what can be known in less than a minute on two quiet cores. Types, lint, and all that `shared` and
 * `web` promise: no test of theirs opens a socket, or needs the server to be built.
 */
import { ensureInstalled } from './setup.mjs'
import { bin, Steps } from './steps.mjs'

ensureInstalled()
const steps = new Steps(5)
await steps.runTogether([
  { title: 'lint', command: bin('biome'), args: ['check', '--error-on-warnings', '.'] },
  { title: 'circles of imports', command: process.execPath, args: ['scripts/circles.mjs'] },
  { title: 'lengths of files and functions', command: process.execPath, args: ['scripts/lengths.mjs'] },
  { title: 'types', command: bin('tsc'), args: ['-b'] },
])
await steps.run({
  title: 'unit tests of shared and web',
  command: bin('vitest'),
  // Modules are loaded once for all files: what is pure keeps nothing that one test could leave to the next.
  args: ['run', 'shared', 'web', '--no-isolate'],
})
console.log(steps.failed.length === 0 ? `\nall is well (${steps.elapsed})` : `\nfailed: ${steps.failed.join(', ')}`)
process.exit(steps.failed.length === 0 ? 0 : 1)
