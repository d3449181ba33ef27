/** Processor time of a server and all its children, from /proc: on a busy machine steadier than requests a second. */
import { existsSync, readdirSync, readFileSync } from 'node:fs'

export interface ProcessStat {
  pid: number
  parent: number
  /** User and system, with that of children who ended; in ticks. */
  ticks: number
}

/** USER_HZ: what the kernel shows to programs is in hundredths of a second on every architecture Node runs on. */
const TICKS_PER_SECOND = 100

/** One /proc/PID/stat, as proc(5) has it; the name in it may hold anything, brackets and blanks too. */
export function readStat(text: string): ProcessStat {
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  // The third field of proc(5) is the first behind the name: utime, stime, cutime and cstime are 14 to 17.
  const ticks = fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0)
  return { pid: Number.parseInt(text, 10), parent: Number(fields[1]), ticks }
}

/** Ticks of `root` and of all below it. */
export function ticksOfTree(stats: readonly ProcessStat[], root: number): number {
  return stats.reduce((sum, { pid, parent, ticks }) => {
    if (pid === root) return sum + ticks
    return parent === root ? sum + ticksOfTree(stats, pid) : sum
  }, 0)
}

/** In microseconds; null where the system does not tell. */
export function processorTime(root: number): number | null {
  if (!existsSync('/proc/self/stat')) return null
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      const text = statOf(name)
      return text === null ? [] : [readStat(text)]
    })
  return (ticksOfTree(stats, root) * 1_000_000) / TICKS_PER_SECOND
}

/** Null for a process that ended since the folder was read. */
function statOf(pid: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/stat`, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ESRCH')) return null
    throw error
  }
}
