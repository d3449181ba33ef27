/** No file may import itself by way of others, be it only types: a part that cannot be read alone is not a part. */
import { importGraph } from './imports.mjs'

const graph = importGraph(['shared', 'server', 'web', 'bench', 'e2e'])

/** Groups of files that all reach each other (Tarjan, 1972). */
function circles() {
  const index = new Map()
  const low = new Map()
  const stack = []
  const found = []
  const visit = (file) => {
    index.set(file, index.size)
    low.set(file, index.get(file))
    stack.push(file)
    for (const next of graph.get(file)) {
      if (!index.has(next)) {
        visit(next)
        low.set(file, Math.min(low.get(file), low.get(next)))
      } else if (stack.includes(next)) low.set(file, Math.min(low.get(file), index.get(next)))
    }
    if (low.get(file) !== index.get(file)) return
    const group = stack.splice(stack.indexOf(file))
    if (group.length > 1) found.push(group)
  }
  for (const file of graph.keys()) if (!index.has(file)) visit(file)
  return found
}

const found = circles()
for (const group of found) {
  console.log('these files import each other, in a circle:')
  for (const file of group) {
    console.log(
      `  ${file} imports ${graph
        .get(file)
        .filter((next) => group.includes(next))
        .join(', ')}`,
    )
  }
}
if (found.length === 0) console.log(`no circles among ${graph.size} files`)
process.exit(found.length === 0 ? 0 : 1)
