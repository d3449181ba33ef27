/**
 * What every command of a checkout does first: install what is missing, build what is out of date. Uses Node alone, and
 * writes to stderr alone: stdout belongs to the command.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The checkout. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))
const BUILT = join(root, 'dist', '.built')
const INSTALLED = join(root, 'node_modules', '.package-lock.json')

/** Runs a command in the checkout, its output on stderr. Ends this process with its exit code if it fails. */
export function run(command, args, { env = process.env } = {}) {
  const windows = process.platform === 'win32'
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    env,
    stdio: ['ignore', 2, 2],
    shell: windows,
  })
  if (error !== undefined) {
    console.error(`wsgiscope: cannot run ${command}: ${error.message}`)
    process.exit(1)
  }
  if (status !== 0) {
    console.error(`wsgiscope: ${command} ${args.join(' ')} failed`)
    process.exit(status ?? 1)
  }
}

const modified = (path) => (existsSync(path) ? statSync(path).mtimeMs : 0)

/** npm ci, unless it was run since the lock file changed. */
export function ensureInstalled() {
  if (modified(INSTALLED) >= modified(join(root, 'package-lock.json'))) return
  console.error('wsgiscope: installing what it needs (once) …')
  run('npm', ['ci', '--no-audit', '--no-fund'])
}

/** All files below a path, but what tools and interpreters leave there. */
function filesBelow(path) {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .filter((name) => name !== '__pycache__' && !name.endsWith('.pyc'))
    .flatMap((name) => filesBelow(join(path, name)))
}

/** What a build is made from; tests are not. */
const SOURCES = ['shared', 'server', 'web', 'package.json', 'tsconfig.base.json', 'vite.config.ts', 'scripts/build.mjs']
const isTest = (file) => /\.test\.tsx?$|[\\/]testing[\\/]/.test(file)

function sourceFiles() {
  return SOURCES.flatMap((name) => filesBelow(join(root, name)))
    .filter((file) => !isTest(file))
    .sort()
}

/** Names of the sources, one a line: a build is stale when one was added or removed, or is newer than it. */
const listed = (files) => files.map((file) => relative(root, file)).join('\n')

/** What dist/ holds is of the sources as they are now. */
export function markBuilt() {
  writeFileSync(BUILT, listed(sourceFiles()))
}

/** Builds, unless dist/ is of the sources as they are now. */
export function ensureBuilt() {
  const built = modified(BUILT)
  const files = sourceFiles()
  const fresh = built > 0 && readFileSync(BUILT, 'utf8') === listed(files)
  if (fresh && files.every((file) => modified(file) <= built)) return
  console.error('wsgiscope: building …')
  run(process.execPath, [join(root, 'scripts', 'build.mjs')])
}
