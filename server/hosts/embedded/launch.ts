/** How a process with an embedded CPython is started, and what it may do: read its own code and a few folders. */
import type { ChildProcess } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { closeSync, existsSync, openSync, readdirSync, realpathSync, rmSync, writeSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join, resolve, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { spawnPiped } from '../python/spawnPiped.ts'

const HERE = fileURLToPath(new URL('.', import.meta.url))
const CHILD = fileURLToPath(new URL('./child.mjs', import.meta.url))
const WORKER = fileURLToPath(new URL('../python/', import.meta.url))
const PACKAGE = 'wsgiscope_worker'
/** What Python imports: under these names in its file system, from these files. */
const MODULES: [name: string, path: string][] = [
  ['wsgiscope_embedded.py', join(HERE, 'wsgiscope_embedded.py')],
  ...readdirSync(join(WORKER, PACKAGE))
    .filter((name) => name.endsWith('.py'))
    .map((name): [string, string] => [`${PACKAGE}/${name}`, join(WORKER, PACKAGE, name)]),
]
const require = createRequire(import.meta.url)
const PYODIDE = dirname(require.resolve('pyodide/package.json'))

/** What Python's objects may take together. */
const MEMORY_MIB = 512
/** What JavaScript's may. */
const HEAP_MIB = 256
/** What the process may write into: both of those, compiled code, stacks. The system's own limit, in KiB. */
const DATA_KIB = 2 * 1024 * 1024

const SHELL = '/bin/sh'
/** No memory without end, no byte into any file, no core dump. A limit that is not known to a system is left out. */
const LIMITED = `ulimit -d ${DATA_KIB}; ulimit -f 0; ulimit -c 0; exec "$0" "$@"`

/** Since Node 23.5 and 22.13 under its final name. */
const PERMISSION = process.allowedNodeEnvironmentFlags.has('--permission')
  ? '--permission'
  : '--experimental-permission'

export interface Embedded {
  child: ChildProcess
  /** Tells the child how many bytes have been sent to it, also while it does not read. */
  tellSent(bytes: number): void
}

export interface EmbeddedFolders {
  /** The application's own. */
  folder: string
  /** Where request bodies are put that are too large for memory. */
  inbox: string
}

/** Files in memory, where a system has that (Linux): what is told of a full disk must not need one. */
const MEMORY = '/dev/shm'

/** Starts one. @throws Error where no process can be made now. It loads Pyodide at once, and an application when it is told which, over file descriptor 3. */
export function launchEmbedded({ folder, inbox }: EmbeddedFolders): Embedded {
  const settings = { folder, roots: [folder, inbox], pyodide: PYODIDE, modules: MODULES, memoryMiB: MEMORY_MIB }
  const readable = outermost([HERE, WORKER, PYODIDE, folder, inbox].flatMap(spellings))
  const args = [
    '--no-warnings',
    PERMISSION,
    // For the thread that ends the process with its parent; afterwards nobody can start another.
    '--allow-worker',
    ...readable.map((path) => `--allow-fs-read=${join(path, '*')}`),
    '--disallow-code-generation-from-strings',
    '--disable-proto=delete',
    '--frozen-intrinsics',
    '--stack-trace-limit=0',
    `--max-old-space-size=${HEAP_MIB}`,
    CHILD,
    JSON.stringify(settings),
  ]
  const sent = openCounter(existsSync(MEMORY) ? MEMORY : inbox)
  const [command, first] = existsSync(SHELL) ? [SHELL, ['-c', LIMITED, process.execPath]] : [process.execPath, []]
  let child: ChildProcess
  try {
    const stdio = ['pipe', 'pipe', 'pipe', 'pipe', sent.read] as const
    child = spawnPiped(command, [...first, ...args], { cwd: inbox, env: {}, stdio: [...stdio] })
  } catch (error) {
    sent.close()
    throw error
  } finally {
    closeSync(sent.read)
  }
  child.once('exit', () => sent.close())
  child.once('error', () => sent.close())
  // A process that is gone has closed its end.
  child.stdin?.on('error', () => child.stdin?.destroy())
  return { child, tellSent: (bytes) => sent.set(bytes) }
}

/** A number in a file without a name: it can be read at any time, and nobody waits for it. */
function openCounter(folder: string) {
  const path = join(folder, `wsgiscope-sent-${randomBytes(8).toString('hex')}`)
  const write = openSync(path, 'wx+', 0o600)
  let open = true
  let read: number
  const bytes = new Float64Array(1)
  try {
    // From here on it has the room it needs.
    writeSync(write, bytes, 0, 8, 0)
    read = openSync(path, 'r')
  } catch (error) {
    closeSync(write)
    throw error
  } finally {
    rmSync(path, { force: true })
  }
  return {
    read,
    close() {
      if (open) closeSync(write)
      open = false
    },
    set(value: number) {
      if (!open) return
      bytes[0] = value
      try {
        writeSync(write, bytes, 0, 8, 0)
      } catch {
        // A file system that needs room to write over what is there. The worker hears of it when it waits the next time.
      }
    },
  }
}

/** A folder as it is spelled, and as it is where no link is on the way: Node grants a path by its letters. */
const spellings = (folder: string): string[] => [resolve(folder), realpathSync(folder)]

/** Those that lie in no other. Told of the same path twice Node 20 aborts; of one within another, it denies the outer. */
function outermost(folders: string[]): string[] {
  const inside = (folder: string) => folders.some((other) => folder !== other && folder.startsWith(other + sep))
  return [...new Set(folders)].filter((folder) => !inside(folder))
}
