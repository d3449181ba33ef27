/**
 * `npm test`: install, lint, types, build, unit tests, browser tests. A browser that cannot be had is said in a line, and
 * its tests are skipped; where CI is set that is a failure. The last line counts them all.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ensureBuilt, ensureInstalled, root } from './setup.mjs'
import { missingTools, testsWithout } from './tools.mjs'

ensureInstalled()
const results = join(root, 'test-results')
rmSync(results, { recursive: true, force: true })
mkdirSync(results, { recursive: true })
const bin = (name) => join(root, 'node_modules', '.bin', name)
const totals = { passed: 0, failed: 0, skipped: 0 }
let broken = false

function step(title, command, args, env = {}) {
  console.log(`\n── ${title}`)
  const { status } = spawnSync(command, args, {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, ...env },
    shell: process.platform === 'win32',
  })
  if (status !== 0) broken = true
  return status === 0
}

function readJson(name) {
  const path = join(results, name)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null
}

step('lint', bin('biome'), ['check', '--error-on-warnings', '.'])
step('unused code and dependencies', bin('knip'), [])
ensureBuilt()
step('types', bin('tsc'), ['-b'])
step('size of the page', bin('size-limit'), [])

const missing = missingTools()
const without = testsWithout(
  missing,
  ['shared', 'server', 'web'].map((folder) => join(root, folder)),
).map(({ file, tool }) => ({ file: relative(root, file), tool }))
for (const { file, tool } of without) console.log(`skipped, there is no ${tool} here: ${file}`)
totals.skipped += without.length

step('unit tests', bin('vitest'), [
  'run',
  ...without.flatMap(({ file }) => ['--exclude', file]),
  '--reporter=default',
  '--reporter=json',
  `--outputFile=${join(results, 'unit.json')}`,
])
const unit = readJson('unit.json')
if (unit !== null) {
  totals.passed += unit.numPassedTests
  totals.failed += unit.numFailedTests
  totals.skipped += unit.numPendingTests + unit.numTodoTests
}

const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const tools = missing.filter((tool) => tool === 'python3' || tool === 'curl')
for (const tool of tools) console.log(`browser tests skipped: there is no ${tool} here`)
const brokenBefore = broken
const browser = chromium !== undefined || step('a browser for the tests', bin('playwright'), ['install', 'chromium'])
if (tools.length > 0) {
  totals.skipped++
} else if (browser) {
  step('browser tests', bin('playwright'), ['test'], {
    PLAYWRIGHT_JSON_OUTPUT_NAME: join(results, 'browser.json'),
    PLAYWRIGHT_HTML_OPEN: 'never',
  })
  const report = readJson('browser.json')
  if (report !== null) {
    totals.passed += report.stats.expected + report.stats.flaky
    totals.failed += report.stats.unexpected
    totals.skipped += report.stats.skipped
  }
} else {
  console.log('browser tests skipped: no Chromium here, and none could be downloaded')
  totals.skipped++
  // A download that failed is said above; only where everything must run is it a failure.
  broken = brokenBefore
}

if (process.env.CI !== undefined && totals.skipped > 0) {
  console.log('under CI nothing may be skipped')
  broken = true
}
if (totals.passed === 0) broken = true
console.log(
  `\n${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''}`,
)
process.exit(broken ? 1 : 0)
