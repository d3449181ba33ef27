/**
 * What every command of a checkout does first: install what is missing, build what is out of date. Uses Node alone, and
 * writes to stderr alone: stdout belongs to the command.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

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

export function ensureInstalled() {
  if (modified(INSTALLED) >= modified(join(root, 'package-lock.json'))) return
  console.error('wsgiscope: installing what it needs (once) …')
  run('npm', ['ci', '--no-audit', '--no-fund'])
}

function newest(path) {
  const { mtimeMs } = statSync(path)
  if (!statSync(path).isDirectory()) return mtimeMs
  let latest = mtimeMs
  for (const name of readdirSync(path)) {
    if (name !== 'node_modules' && name !== '__pycache__') latest = Math.max(latest, newest(join(path, name)))
  }
  return latest
}

/** Sources whose change makes a build stale. */
const SOURCES = ['shared', 'server', 'web', 'package.json', 'tsconfig.base.json', 'vite.config.ts', 'scripts/build.mjs']

export function ensureBuilt() {
  const built = modified(BUILT)
  if (built > 0 && SOURCES.every((name) => newest(join(root, name)) <= built)) return
  console.error('wsgiscope: building …')
  run(process.execPath, [join(root, 'scripts', 'build.mjs')])
}
