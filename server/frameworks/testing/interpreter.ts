/** Which Python has a framework: the first on PATH, or the system's own, which is where its packages go. */
import { spawnSync } from 'node:child_process'

const CANDIDATES = ['python3', '/usr/bin/python3']

/** The path of an interpreter that can import all of `modules`, or null, which is said in a line. @throws under CI */
export function pythonWith(...modules: string[]): string | null {
  for (const python of CANDIDATES) {
    const program = `import sys, ${modules.join(', ')}; print(sys.executable)`
    const { status, stdout } = spawnSync(python, ['-c', program], { encoding: 'utf8' })
    if (status === 0) return stdout.trim()
  }
  const missing = `no python3 here can import ${modules.join(' and ')}`
  if (process.env.CI !== undefined) throw new Error(`${missing}, and under CI nothing may be skipped`)
  console.log(`skipped, ${missing}`)
  return null
}
