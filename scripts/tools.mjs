/** What some tests need besides Node, and how a test file shows that it does. */
import { spawnSync } from 'node:child_process'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

const TOOLS = {
  python3: /python3|\.py\b/,
  curl: /\bcurl\(|'curl'/,
  tshark: /'tshark'|\btshark\(/,
  bash: /'bash'/,
  dash: /'dash'/,
  nginx: /\bstartNginx\(/,
  uwsgi: /\bstartUwsgi\(/,
}

const isThere = (tool) => spawnSync(tool, ['--version'], { stdio: 'ignore' }).error === undefined

/** The tools that are not on this machine. */
export const missingTools = () => Object.keys(TOOLS).filter((tool) => !isThere(tool))

function testsBelow(folder) {
  return readdirSync(folder).flatMap((name) => {
    const path = join(folder, name)
    if (statSync(path).isDirectory()) return testsBelow(path)
    return /\.test\.tsx?$/.test(name) ? [path] : []
  })
}

/** Test files that need one of the tools, with the tool that each is without. */
export function testsWithout(tools, folders) {
  if (tools.length === 0) return []
  return folders.flatMap(testsBelow).flatMap((file) => {
    const text = readFileSync(file, 'utf8')
    const tool = tools.find((name) => TOOLS[name].test(text))
    return tool === undefined ? [] : [{ file, tool }]
  })
}
