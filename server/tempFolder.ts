/**
 * Folders for a run's temporary files. The run removes them; where it was killed, the next run does: their names say
 * which process they belong to, and on which machine (in which container) that process is to be looked for.
 */
import { createHash } from 'node:crypto'
import { lstatSync, mkdtempSync, readlinkSync } from 'node:fs'
import { readdir, rm } from 'node:fs/promises'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'

/** A process id means something within one machine, and there within one namespace. */
const PLACE = createHash('sha256').update(`${hostname()} ${pidNamespace()}`).digest('hex').slice(0, 8)

const NAME = /^wsgiscope-([0-9a-f]{8})-(\d+)-[^.]+$/

function pidNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    // A system that has none.
    return ''
  }
}

/** A new one, readable by this user alone. @throws Error whose message says what is wrong and what to do. */
export function makeTempFolder(): string {
  try {
    return mkdtempSync(join(tmpdir(), `wsgiscope-${PLACE}-${process.pid}-`))
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new Error(`no folder for temporary files can be made in ${tmpdir()}: set TMPDIR to one with room (${why})`)
  }
}

/** Removes those of this user's whose process is gone; answers which. What cannot be looked at stays. */
export async function sweepTempFolders(): Promise<string[]> {
  const swept: string[] = []
  const names = await readdir(tmpdir()).catch(() => [])
  for (const name of names) {
    const [, place, pid] = NAME.exec(name) ?? []
    const path = join(tmpdir(), name)
    if (place !== PLACE || isAlive(Number(pid)) || !isOwnFolder(path)) continue
    await rm(path, { recursive: true, force: true }).then(
      () => swept.push(path),
      () => undefined,
    )
  }
  return swept
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH')
  }
}

/** A link of that name leads somewhere else. */
function isOwnFolder(path: string): boolean {
  try {
    const found = lstatSync(path)
    return found.isDirectory() && found.uid === process.getuid?.()
  } catch {
    // Another run has swept it at this moment.
    return false
  }
}
