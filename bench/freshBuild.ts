/**
 * The command as it is shipped, compiled from the sources of this moment into a folder of its own: neither a stale dist/
 * nor what a loader adds to functions at run time is measured, and nobody's build in between changes it.
 */
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { output, ROOT } from './processes.ts'

export interface Build {
  /** server/cli.js */
  command: string
  remove: () => void
}

/** Below the checkout, so that its node_modules are found from there. */
const CACHE = join(ROOT, 'node_modules', '.cache')
const FOLDERS = ['shared', 'server']
const FILES = ['package.json', 'tsconfig.base.json']
const isLeftOut = (path: string): boolean => path.endsWith('.ts') || ['__pycache__', 'testing'].includes(basename(path))

/** `committed`: from the last commit, whatever lies in the checkout. @throws Error when the sources cannot be parsed. */
export async function freshBuild(committed: boolean): Promise<Build> {
  mkdirSync(CACHE, { recursive: true })
  const folder = mkdtempSync(join(CACHE, 'bench-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  try {
    await compile(committed ? await lastCommit(join(folder, 'source')) : ROOT, folder)
  } catch (error) {
    remove()
    throw error
  }
  return { command: join(folder, 'server', 'cli.js'), remove }
}

async function lastCommit(to: string): Promise<string> {
  mkdirSync(to)
  const archive = join(to, 'sources.tar')
  await output('git', ['archive', '--output', archive, 'HEAD', ...FOLDERS, ...FILES])
  await output('tar', ['-xf', archive, '-C', to])
  return to
}

/** Types are not checked: that is the tests' part. */
async function compile(source: string, folder: string): Promise<void> {
  const config = join(folder, 'tsconfig.json')
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(source, 'tsconfig.base.json'),
      compilerOptions: {
        ...{ composite: false, noCheck: true, rootDir: source, outDir: folder },
        ...{ lib: ['ES2023'], types: ['node'], typeRoots: [join(ROOT, 'node_modules', '@types')] },
      },
      include: FOLDERS.map((name) => `${join(source, name)}/**/*.ts`),
      exclude: [`${source}/**/*.test.ts`, `${source}/**/testing/**`],
    }),
  )
  await output(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', config])
  for (const name of FOLDERS) {
    cpSync(join(source, name), join(folder, name), { recursive: true, filter: (path) => !isLeftOut(path) })
  }
  cpSync(join(source, 'package.json'), join(folder, 'package.json'))
}
