/**
 * Loaded into a server that is measured (`node --import`): with every SIGUSR2 it writes to stderr for how long a turn of its
 * event loop kept the processor at most since the last one, in milliseconds. That is processor time of the main thread
 * between two timers of a millisecond: time in which other programs or threads had the processor does not count. Linux.
 */
import { readFileSync } from 'node:fs'

let longest = 0
let before = 0

const used = () => Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'latin1').split(' ', 1)[0]) / 1e6

setInterval(() => {
  const now = used()
  longest = Math.max(longest, now - before)
  before = now
}, 1).unref()

process.on('SIGUSR2', () => {
  process.stderr.write(`\nlongest turn ${longest.toFixed(1)}\n`)
  longest = 0
})
