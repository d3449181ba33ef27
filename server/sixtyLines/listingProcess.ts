/** The sixty-line server in a process of its own, and what it says of itself: step by step, each one acknowledged. */
import type { ChildProcess } from 'node:child_process'
import { Duplex, type Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import type { AppSpec } from '../hosts/appSpec.ts'
import { LineReader } from '../hosts/python/lines.ts'
import { onceGone } from '../hosts/python/processEnd.ts'
import { spawnPiped } from '../hosts/python/spawnPiped.ts'
import { toLoad } from '../hosts/python/workerProcess.ts'
import { argumentOf } from './listingArgument.ts'
import { type Report, readReport } from './reports.ts'

/** The program that is run, shown, and meant to be read. */
export const LISTING = fileURLToPath(new URL('./sixty_lines.py', import.meta.url))

const TRACER = fileURLToPath(new URL('./trace_lines.py', import.meta.url))
const CHANNEL = 3

/** The longest report, in characters: one of a piece of the body (MOST_BYTES in trace_lines.py), a byte of which may take six. */
const MOST_REPORT = 32 * 1024 * 1024

export interface ListingStart {
  /** Absolute path of the python3. */
  interpreter: string
  spec: AppSpec
  cwd: string
  env: Record<string, string | undefined>
}

/** Nothing; that it runs; the local variables as well. */
export type Detail = 0 | 1 | 2

export interface ListingListener {
  /** The program stands still until `goOn` is called. */
  onReport(report: Report, goOn: () => void): void
  onLine(source: 'stdout' | 'stderr', line: string): void
  /** Everything it said has been reported. `how`: `was killed by SIGKILL`, `exited with code 1`. */
  onGone(how: string): void
  /** What is to be told of each line. */
  detail(): Detail
}

export class ListingProcess {
  readonly #child: ChildProcess
  readonly #listener: ListingListener

  /** @throws Error where no process can be made now. */
  constructor(start: ListingStart, listener: ListingListener) {
    this.#listener = listener
    const { argument, prepare } = argumentOf(start.spec)
    const config = { ...toLoad(start.spec), prepare }
    this.#child = spawnPiped(start.interpreter, ['-u', TRACER, JSON.stringify(config), LISTING, argument, '0'], {
      cwd: start.cwd,
      env: start.env,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
    })
    const channel = this.#child.stdio[CHANNEL]
    if (!(channel instanceof Duplex)) throw new Error('the channel to the server is not a socket')
    this.#hear(channel)
    this.#readLines(this.#child.stdout, 'stdout')
    this.#readLines(this.#child.stderr, 'stderr')
    onceGone(this.#child, channel, (how) => listener.onGone(how))
  }

  kill(): void {
    this.#child.kill('SIGKILL')
  }

  #hear(channel: Duplex): void {
    const goOn = () => {
      if (channel.writable) channel.write(String(this.#listener.detail()))
    }
    let trusted = true
    const lines = new LineReader((line) => {
      if (!trusted) return
      const report = readReport(line)
      if (report !== null) {
        this.#listener.onReport(report, goOn)
        return
      }
      // Whoever writes to this descriptor besides the tracer leaves nothing that could be relied on.
      trusted = false
      this.#listener.onLine('stderr', `file descriptor ${CHANNEL} is wsgiscope's: the application wrote to it`)
      this.kill()
    }, MOST_REPORT)
    channel.setEncoding('utf8')
    channel.on('data', (text: string) => lines.push(text))
    // EPIPE and the like: the process is going, which `exit` says with its reason.
    channel.on('error', () => channel.destroy())
  }

  #readLines(stream: Readable | null, source: 'stdout' | 'stderr'): void {
    if (stream === null) return
    const lines = new LineReader((line) => this.#listener.onLine(source, line))
    stream.setEncoding('utf8')
    stream.on('data', (text: string) => lines.push(text))
    stream.on('end', () => lines.end())
  }
}
