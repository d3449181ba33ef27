/** CPython that needs no installation: one process ahead is always warm. */
import { copyFileSync, existsSync, linkSync, realpathSync, rmSync } from 'node:fs'
import { homedir } from 'node:os'
import { join, sep } from 'node:path'
import { LoadError, StartFailure } from '../../../shared/gateway/host.ts'
import { makeTempFolder } from '../../tempFolder.ts'
import { FRAME_LIMITS } from '../python/frames.ts'
import type { Interpreter, SharedFile, StartedWorker } from '../python/workerProcess.ts'
import { launchEmbedded } from './launch.ts'

const TAKEN = new Set(['/', '/dev', '/lib', '/proc', '/wsgiscope'])

/** Whether all of somebody's own files lie in it: keys and passwords among them. */
function holdsHome(folder: string): boolean {
  const real = (path: string) => (existsSync(path) ? realpathSync(path) : path)
  const [home, place] = [real(homedir()), real(folder)]
  return home === place || home.startsWith(place + sep)
}

export class EmbeddedInterpreter implements Interpreter {
  readonly name = 'embedded'
  readonly program = 'embedded CPython'
  readonly frameLimits = FRAME_LIMITS
  readonly folder: string
  /** Made again where somebody has removed it. */
  #inbox: string
  #spare: StartedWorker | null = null
  #shared = 0
  #closed = false

  /** @throws StartFailure without a place for temporary files; LoadError where Python has a folder of its own in its place, or the folder is all there is, or all of somebody's. */
  constructor(folder: string) {
    if (TAKEN.has(folder) || holdsHome(folder)) {
      throw new LoadError(
        `embedded CPython would see all of ${folder}: put the application into a folder of its own, or use --python python3`,
      )
    }
    this.folder = folder
    try {
      this.#inbox = makeTempFolder()
    } catch (error) {
      throw new StartFailure(error instanceof Error ? error.message : String(error))
    }
  }

  start(): StartedWorker {
    const started = this.#spare ?? this.#launch()
    this.#spare = null
    return started
  }

  /** A worker is ready: time to have the next one load Pyodide, should this one end. */
  onReady(): void {
    if (this.#spare !== null || this.#closed) return
    let spare: StartedWorker
    try {
      spare = this.#launch()
    } catch {
      // start() tries again when one is needed, and says why where it fails then.
      return
    }
    this.#spare = spare
    spare.child.once('exit', () => {
      if (this.#spare === spare) this.#spare = null
    })
  }

  /** Shows a file to the workers, which see the application's folder and nothing else. */
  share(path: string): SharedFile {
    const shown = join(this.#inbox, `body-${this.#shared++}`)
    try {
      linkSync(path, shown)
    } catch {
      // Another file system than that of the temporary files, or one without links.
      copyFileSync(path, shown)
    }
    return { path: shown, unshare: () => rmSync(shown, { force: true }) }
  }

  close(): void {
    this.#closed = true
    this.#spare?.child.kill('SIGKILL')
    this.#spare = null
    rmSync(this.#inbox, { recursive: true, force: true })
  }

  #launch(): StartedWorker {
    if (!existsSync(this.#inbox)) this.#inbox = makeTempFolder()
    return launchEmbedded({ folder: this.folder, inbox: this.#inbox })
  }
}
