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

const CACHE = join(ROOT, 'node_modules', '.cache')
const FOLDERS = ['shared', 'server']
const isLeftOut = (path: string): boolean => path.endsWith('.ts') || ['__pycache__', 'testing'].includes(basename(path))

/** @throws Error when the sources cannot be parsed; types are not checked. */
export async function freshBuild(): Promise<Build> {
  mkdirSync(CACHE, { recursive: true })
  const folder = mkdtempSync(join(CACHE, 'bench-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  const config = join(folder, 'tsconfig.json')
  writeFileSync(
    config,
    JSON.stringify({
      extends: join(ROOT, 'tsconfig.base.json'),
      compilerOptions: {
        ...{ composite: false, noCheck: true, rootDir: ROOT, outDir: folder },
        ...{ lib: ['ES2023'], types: ['node'], typeRoots: [join(ROOT, 'node_modules', '@types')] },
      },
      include: FOLDERS.map((name) => `${join(ROOT, name)}/**/*.ts`),
      exclude: [`${ROOT}/**/*.test.ts`, `${ROOT}/**/testing/**`],
    }),
  )
  try {
    await output(process.execPath, [join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc'), '-p', config])
    for (const name of FOLDERS) {
      cpSync(join(ROOT, name), join(folder, name), { recursive: true, filter: (path) => !isLeftOut(path) })
    }
    cpSync(join(ROOT, 'package.json'), join(folder, 'package.json'))
  } catch (error) {
    remove()
    throw error
  }
  return { command: join(folder, 'server', 'cli.js'), remove }
}
