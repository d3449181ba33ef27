import type { ChildProcess } from 'node:child_process'
import type { Duplex } from 'node:stream'

/** A process has ended, but what it forked may hold its pipes open: how long to wait for the rest of its output. */
const DRAIN_MS = 250

/** How the description begins of what never was a process. */
export const NOT_STARTED = 'could not be started: '

/**
 * Tells once that a process is gone, when everything it said has been read; closes its channel and its output.
 * `how`: `was killed by SIGKILL`, `exited with code 1`, `could not be started: …`.
 */
export function onceGone(child: ChildProcess, channel: Duplex, onGone: (how: string) => void): void {
  let gone = false
  const report = (how: string) => {
    if (gone) return
    gone = true
    for (const end of [channel, child.stdout, child.stderr]) end?.destroy()
    onGone(how)
  }
  child.on('error', (error) => report(`${NOT_STARTED}${error.message}`))
  child.on('exit', (code, signal) => {
    const how = signal === null ? `exited with code ${code}` : `was killed by ${signal}`
    const timer = setTimeout(() => report(how), DRAIN_MS)
    child.on('close', () => {
      clearTimeout(timer)
      report(how)
    })
  })
}
