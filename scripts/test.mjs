/**
 * `npm test`: install, lint, types, build, unit tests, browser tests, each with how far it is. A browser that cannot be had is said in a line, and
 * its tests are skipped; where CI is set that is a failure. The last line counts them all.
 */
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { ensureBuilt, ensureInstalled, root } from './setup.mjs'
import { bin, Steps } from './steps.mjs'
import { missingTools, testsWithout } from './tools.mjs'

ensureInstalled()
const results = join(root, 'test-results')
rmSync(results, { recursive: true, force: true })
mkdirSync(results, { recursive: true })
const totals = { passed: 0, failed: 0, skipped: 0 }
const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync)
const download = { title: 'a browser for the tests', command: bin('playwright'), args: ['install', 'chromium'] }
const steps = new Steps(chromium === undefined ? 9 : 8)

function readJson(name) {
  const path = join(results, name)
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : null
}

await steps.runTogether([
  { title: 'lint', command: bin('biome'), args: ['check', '--error-on-warnings', '.'] },
  { title: 'unused code and dependencies', command: bin('knip'), args: [] },
  { title: 'circles of imports', command: process.execPath, args: ['scripts/circles.mjs'] },
  { title: 'lengths of files and functions', command: process.execPath, args: ['scripts/lengths.mjs'] },
])
ensureBuilt()
await steps.run({ title: 'types', command: bin('tsc'), args: ['-b'] })
await steps.run({ title: 'size of the page', command: bin('size-limit'), args: [] })

const missing = missingTools()
const without = testsWithout(
  missing,
  ['shared', 'server', 'web'].map((folder) => join(root, folder)),
).map(({ file, tool }) => ({ file: relative(root, file), tool }))
for (const { file, tool } of without) console.log(`skipped, there is no ${tool} here: ${file}`)
totals.skipped += without.length

await steps.run({
  title: 'unit tests',
  command: bin('vitest'),
  args: [
    'run',
    ...without.flatMap(({ file }) => ['--exclude', file]),
    '--reporter=default',
    `--reporter=${join(root, 'scripts', 'unitProgress.mjs')}`,
    '--reporter=json',
    `--outputFile=${join(results, 'unit.json')}`,
  ],
})
const unit = readJson('unit.json')
if (unit !== null) {
  totals.passed += unit.numPassedTests
  totals.failed += unit.numFailedTests
  totals.skipped += unit.numPendingTests + unit.numTodoTests
}

const tools = missing.filter((tool) => tool === 'python3' || tool === 'curl')
const title = 'browser tests'
if (tools.length > 0) {
  steps.skip(title, `there is no ${tools.join(', and no ')} here`)
  totals.skipped++
} else if (chromium !== undefined || (await steps.tryTo(download))) {
  await steps.run({
    title,
    command: bin('playwright'),
    args: ['test'],
    env: { PLAYWRIGHT_JSON_OUTPUT_NAME: join(results, 'browser.json'), PLAYWRIGHT_HTML_OPEN: 'never' },
  })
  const report = readJson('browser.json')
  if (report !== null) {
    totals.passed += report.stats.expected + report.stats.flaky
    totals.failed += report.stats.unexpected
    totals.skipped += report.stats.skipped
  }
} else {
  steps.skip(title, 'no Chromium here, and none could be downloaded')
  totals.skipped++
}

const failed = [...steps.failed]
if (process.env.CI !== undefined && totals.skipped > 0) failed.push('under CI nothing may be skipped')
if (totals.passed === 0) failed.push('nothing was tested')
if (failed.length > 0) console.log(`\nfailed: ${failed.join(', ')}`)
console.log(
  `\n${totals.passed} passed, ${totals.failed} failed${totals.skipped > 0 ? `, ${totals.skipped} skipped` : ''} (${steps.elapsed})`,
)
process.exit(failed.length > 0 ? 1 : 0)
