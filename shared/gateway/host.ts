/**
 * Where an application runs. A host takes calls and reports what the application does as AppEvents, in order; it knows
 * nothing of sockets. One request at a time per worker, as WSGI means it; what waits is told so by `queued`.
 */

import type { ReloadFailure } from '../trace/events.ts'
import type { AppEvent, EnvironEntry } from './types.ts'

/** The complete body of a request, without framing. */
export type Body =
  | { kind: 'memory'; parts: Uint8Array[]; length: number }
  /** Spooled, by an edge that has files: it removes this one when the exchange is over. */
  | { kind: 'file'; path: string; length: number }

export interface AppCall {
  /** Of its exchange in the run, where that is known. */
  number?: number | null
  environ: EnvironEntry[]
  body: Body
  /** Whether to report what only a viewer wants to know: input.read, environ changes, stacks. */
  trace: boolean
  /** `at` is the host's clock reading for the event: microseconds since the run began. */
  onEvent: (event: AppEvent, at: number) => void
}

export interface RunningCall {
  /** Permission for `credit` more bytes of chunks, beyond the CREDIT every call starts with. */
  more(credit: number): void
  /** Nobody waits for the rest: stop iterating, call close(), report `closed`. */
  abort(): void
}

/** What a host can say about its application once it is loaded. */
export interface LoadedApp {
  /** As given: `hello.py:app`. */
  spec: string
  language: 'python' | 'typescript'
  callable: string
  /** Absolute; null for a callable that has no source file. */
  file: string | null
  /** Line of its definition, from 1. */
  line: number | null
  /** `Python 3.11.2 (/usr/bin/python3)`, `Node v20.20.2`. */
  runtime: string
}

/** How long a worker may take to end, unless told otherwise: as long as gunicorn's graceful timeout. */
export const GRACE_MS = 30_000

/** Requests that may wait for a worker before further ones are answered 503. */
export const MOST_WAITING = 1024

export interface HostOptions {
  workers: number
  /** Milliseconds an application may take without being held; then its worker is replaced. */
  appTimeoutMs: number
  /** In place of MOST_WAITING. */
  mostWaiting?: number
  /** In place of how long an application may be loaded at the least, and of how often it is said that it is. */
  loading?: { mostMs?: number; sayEveryMs?: number }
  /** Microseconds since the run began. */
  now: () => number
  /**
   * Text of one of the application's own files, reported before the first event that points into it, and again where a
   * later version of the application has another one.
   */
  onSource: (source: SourceText) => void
  /**
   * What is written outside of any request (import time, worker start and stop), or after its request was over: then with
   * the number of the exchange in the run.
   */
  onLog: (source: 'server' | 'wsgi.errors' | 'stdout' | 'stderr', text: string, exchange?: number | null) => void
  /** Shows a prompt at the terminal, on which a single worker then reads. Left out where there is none. */
  askAtTerminal?: (prompt: string) => void
  /** Something was killed when it was to end: a line that says what, and what it was at. It has been logged. */
  onCut?: (what: string) => void
  /**
   * The application was loaded anew because its files changed, or could not be; reported before the first call of what
   * was loaded. Where it is left out, nobody watches the files.
   */
  onReload?: (reload: Reload) => void
}

export interface SourceText {
  file: string
  language: 'python' | 'typescript' | 'text'
  text: string
  /** The version of the application from which on this text holds; the first where it is left out. */
  version?: number
}

export interface Reload {
  /** The files that changed; empty where it was a dead worker's replacement that found another text. */
  changed: string[]
  /** What is called from now on: the previous application where there is a failure. */
  version: number
  app: LoadedApp
  failure: ReloadFailure | null
}

export interface Host {
  /** What is called now: another one after each `onReload`. Ask again rather than keep it. */
  readonly app: LoadedApp
  readonly multithread: boolean
  readonly multiprocess: boolean
  call(call: AppCall): RunningCall
  /**
   * Finishes the calls under way, then lets the workers end: their atexit handlers, their threads, their children. What has
   * not ended after `graceMs` is killed, which `onCut` is told.
   */
  close(graceMs?: number): Promise<void>
}

/**
 * The application cannot be used: wrong module, wrong callable (`message` is one line that says what to do), or its code
 * failed while it was loaded (`traceback` is then what Python or Node printed).
 */
export class LoadError extends Error {
  override readonly name = 'LoadError'
  readonly traceback: string | null
  /** The exception and where it came from, as far as that is known. */
  readonly fault: Fault
  constructor(message: string, traceback: string | null = null, fault: Fault = UNKNOWN_FAULT) {
    super(message)
    this.traceback = traceback
    this.fault = fault
  }
}

/** There was no process to load it: one may well be had a moment later. */
export class StartFailure extends LoadError {}

type Fault = Pick<ReloadFailure, 'type' | 'file' | 'line'>

const UNKNOWN_FAULT: Fault = { type: null, file: null, line: null }
