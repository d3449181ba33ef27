/** Processes that have workers, for tests in which they end before these do. */
import { type ChildProcessByStdio, spawn } from 'node:child_process'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { onTestFinished } from 'vitest'

/** The URL of a module beside the test at `base`, as it stands in a script. */
export const moduleAt = (name: string, base: string): string => JSON.stringify(new URL(name, base).href)

/** A Node process that runs this module's text; killed, where it still is there, when the test is over. */
export function spawnParent(script: string): ChildProcessByStdio<null, Readable, null> {
  const parent = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', script], {
    cwd: fileURLToPath(new URL('../../..', import.meta.url)),
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  onTestFinished(() => {
    parent.kill('SIGKILL')
  })
  return parent
}
