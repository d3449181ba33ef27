/** Which file of the product imports which: read from their import statements, those of types included. */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { root } from './setup.mjs'

/** `import … from './x.ts'`, `export … from './x.ts'`, `import './x.css'`, `import('./x.ts')`. */
const STATEMENT =
  /(?:^|\n)\s*(?:import|export)\s(?:[^'"`;]*?\sfrom\s)?\s*['"](\.{1,2}\/[^'"]+)['"]|import\(\s*['"](\.{1,2}\/[^'"]+)['"]\s*\)/g

/** The TypeScript of these folders, each relative to the root, with what it imports of them. */
export function importGraph(folders) {
  const listed = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard', ...folders], {
    cwd: root,
    encoding: 'utf8',
  })
  const files = listed.split('\n').filter((file) => /\.tsx?$/.test(file) && existsSync(join(root, file)))
  return new Map(
    files.map((file) => {
      const text = readFileSync(join(root, file), 'utf8')
      const imports = [...text.matchAll(STATEMENT)].map(([, named, lazy]) =>
        relative(root, join(root, dirname(file), named ?? lazy)),
      )
      return [file, [...new Set(imports)].filter((imported) => files.includes(imported))]
    }),
  )
}
