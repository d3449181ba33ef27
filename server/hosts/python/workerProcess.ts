/** One python3 process that runs the application: its channel, its output, its end. */
import type { ChildProcess } from 'node:child_process'
import { Socket } from 'node:net'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { readShared } from '../../sharedReads.ts'
import type { AppSpec } from '../appSpec.ts'
import { KNOWN_CODINGS } from '../sourceText.ts'
import { FRAME_LIMITS, type FrameLimits, FrameReader, FrameWriter } from './frames.ts'
import { LineReader } from './lines.ts'
import { CALL } from './messages.ts'
import { onceGone } from './processEnd.ts'
import { spawnPiped } from './spawnPiped.ts'

const SCRIPT = fileURLToPath(new URL('./wsgiscope_worker/__main__.py', import.meta.url))
const SHIPPED_APPS = fileURLToPath(new URL('../../../shared/apps/', import.meta.url))
const CHANNEL = 3

/** What runs a worker, which is the Python package wsgiscope_worker. */
export interface Interpreter {
  /** The absolute path of a python3, or `embedded`. */
  readonly name: string
  /** What its process is called in messages. */
  readonly program: string
  /** The only folder that it sees, where that is so. */
  readonly folder: string | null
  /** The longest frames that one of its workers can have a reason to send. */
  readonly frameLimits: FrameLimits
  /**
   * Its channel is file descriptor 3. With `terminal`, its standard input is the server's.
   * @throws Error where no process can be made now.
   */
  start(terminal: boolean): StartedWorker
  /** A worker has loaded the application. */
  onReady(): void
  /** Makes a file of the server's readable for the workers, until that is ended. @throws the operating system's error. */
  share(path: string): SharedFile
  close(): void
}

export interface StartedWorker {
  child: ChildProcess
  /** Told of all the bytes that have been sent to it so far, just before they are. */
  tellSent?: (bytes: number) => void
}

export interface SharedFile {
  path: string
  unshare(): void
}

/** A python3 of this machine. */
export class InstalledPython implements Interpreter {
  readonly name: string
  readonly program = 'python3'
  readonly folder = null
  readonly frameLimits = FRAME_LIMITS
  readonly #cwd: string
  readonly #env: Record<string, string | undefined>

  constructor(path: string, cwd: string, env: Record<string, string | undefined>) {
    this.name = path
    this.#cwd = cwd
    this.#env = env
  }

  start(terminal: boolean): StartedWorker {
    const cwd = this.#cwd
    const env = this.#env
    const input = terminal ? 'inherit' : 'ignore'
    return { child: spawnPiped(this.name, [SCRIPT], { cwd, env, stdio: [input, 'pipe', 'pipe', 'pipe'] }) }
  }

  onReady(): void {}

  share(path: string): SharedFile {
    return { path, unshare() {} }
  }

  close(): void {}
}

/** What `load` in wsgiscope_worker/loading.py is told of an application. */
export const toLoad = (spec: AppSpec) => ({
  file: spec.file,
  module: spec.module,
  byName: spec.byName,
  attributes: spec.attributes,
  call: spec.call,
  folder: spec.folder,
  argv0: spec.file ?? spec.module,
  codings: KNOWN_CODINGS,
  shipped: spec.folder.startsWith(SHIPPED_APPS) || `${spec.folder}/` === SHIPPED_APPS,
})

export interface WorkerStart {
  interpreter: Interpreter
  spec: AppSpec
  multiprocess: boolean
  /** Why nobody can be asked anything at the terminal; null where somebody can. */
  noTerminal: string | null
  /** Files that changed since another worker read them: what is left of them in caches is not to be trusted. */
  changed: readonly string[]
}

export interface WorkerListener {
  onFrame(head: string, payload: Buffer): void
  /** What it sends is not what it should; nothing more is read. */
  onBroken(why: string): void
  /** What was printed past sys.stdout and sys.stderr: by C code, by another process, by a dying interpreter. */
  onLine(source: 'stdout' | 'stderr', line: string): void
  /** Everything it said has been reported. `how` is `was killed by SIGKILL`, `exited with code 3: <its last words>`. */
  onGone(how: string): void
}

export class WorkerProcess {
  readonly interpreter: Interpreter
  readonly #child: ChildProcess
  readonly #channel: Socket
  readonly #writer: FrameWriter
  #lastLine = ''

  /** @throws Error where no process can be made now. */
  constructor(start: WorkerStart, listener: WorkerListener) {
    const { spec } = start
    this.interpreter = start.interpreter
    const { child, tellSent } = start.interpreter.start(start.noTerminal === null)
    this.#child = child
    let sent = 0
    const channel = this.#child.stdio[CHANNEL]
    if (!(channel instanceof Socket)) throw new Error('the channel to the worker is not a socket')
    this.#channel = channel
    this.#writer = new FrameWriter((data) => {
      for (const { length } of data) sent += length
      tellSent?.(sent)
      // Held back for a moment, several leave in one system call; one alone leaves sooner without.
      if (data.length > 1) channel.cork()
      for (const part of data) channel.write(part)
      if (data.length > 1) channel.uncork()
    })
    const reader = new FrameReader(
      (head, payload) => listener.onFrame(head, payload),
      start.interpreter.frameLimits,
      () => listener.onBroken('a frame of impossible length'),
    )
    readShared(channel, (data) => reader.push(data), reader)
    // EPIPE and the like: the process is going, which `exit` says with its reason.
    channel.on('error', () => channel.destroy())
    this.#readLines(this.#child.stdout, 'stdout', listener)
    this.#readLines(this.#child.stderr, 'stderr', listener)
    onceGone(child, channel, (how) => listener.onGone(this.#lastLine === '' ? how : `${how}: ${this.#lastLine}`))
    const { multiprocess, noTerminal, changed } = start
    this.write([CALL, { ...toLoad(spec), multiprocess, noTerminal, changed }])
  }

  get pid(): number | undefined {
    return this.#child.pid
  }

  write(head: unknown[], payload: readonly Uint8Array[] = [], payloadLength = 0): void {
    this.#writer.write(JSON.stringify(head), payload, payloadLength)
  }

  /** Remembered as its last words, should it end now. */
  heard(line: string): void {
    if (line.trim() !== '') this.#lastLine = line.trim()
  }

  forgetLastLine(): void {
    this.#lastLine = ''
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  /** Closes the channel, which ends the process as soon as it waits for a request. */
  end(): void {
    this.#writer.flush()
    this.#channel.end()
  }

  #readLines(stream: Readable | null, source: 'stdout' | 'stderr', listener: WorkerListener): void {
    if (stream === null) return
    const lines = new LineReader((line) => {
      if (source === 'stderr') this.heard(line)
      listener.onLine(source, line)
    })
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => lines.push(text))
    stream.on('end', () => lines.end())
  }
}
