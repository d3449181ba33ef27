/** Calls a host as the gateway does, and keeps what it reports. */
import { latin1Encode } from '../../../shared/bytes/latin1.ts'
import type { Body, Host, HostOptions, RunningCall } from '../../../shared/gateway/host.ts'
import type { AppEvent, EnvironEntry } from '../../../shared/gateway/types.ts'

export interface CallOptions {
  environ?: Record<string, string>
  body?: Body | string
  trace?: boolean
  onEvent?: (event: AppEvent) => void
}

export interface Transcript {
  events: AppEvent[]
  times: number[]
  running: RunningCall
  /** Resolves at `closed` or `died`. */
  over: Promise<void>
  /** Resolves once an event of that kind has been reported. */
  reported(kind: AppEvent['kind'], count?: number): Promise<void>
}

export function callHost(host: Host, options: CallOptions = {}): Transcript {
  const events: AppEvent[] = []
  const times: number[] = []
  const counts = new Map<AppEvent['kind'], number>()
  const watchers = new Set<() => void>()
  const until = (holds: () => boolean): Promise<void> =>
    new Promise((resolve) => {
      const look = () => {
        if (!holds()) return
        watchers.delete(look)
        resolve()
      }
      watchers.add(look)
      look()
    })
  const { body = '', trace = false } = options
  const spooled = typeof body === 'string' ? inMemory(latin1Encode(body)) : body
  const running = host.call({
    environ: environEntries({
      ...(spooled.length > 0 ? { CONTENT_LENGTH: String(spooled.length) } : {}),
      ...options.environ,
    }),
    body: spooled,
    trace,
    onEvent: (event, at) => {
      events.push(event)
      counts.set(event.kind, (counts.get(event.kind) ?? 0) + 1)
      times.push(at)
      options.onEvent?.(event)
      for (const look of watchers) look()
    },
  })
  const reported = (kind: AppEvent['kind'], count = 1) => until(() => (counts.get(kind) ?? 0) >= count)
  const over = until(() => counts.has('closed') || counts.has('died'))
  return { events, times, running, over, reported }
}

export const inMemory = (...parts: Uint8Array[]): Body => ({
  kind: 'memory',
  parts,
  length: parts.reduce((sum, { length }) => sum + length, 0),
})

function environEntries(changes: Record<string, string>): EnvironEntry[] {
  const strings = {
    REQUEST_METHOD: 'GET',
    SCRIPT_NAME: '',
    PATH_INFO: '/',
    QUERY_STRING: '',
    SERVER_NAME: '127.0.0.1',
    SERVER_PORT: '8888',
    SERVER_PROTOCOL: 'HTTP/1.1',
    HTTP_HOST: '127.0.0.1:8888',
    'wsgi.url_scheme': 'http',
    ...changes,
  }
  const entries = Object.entries(strings).map(
    ([key, value]): EnvironEntry => ({ key, value, type: 'str', from: 'server' }),
  )
  entries.push({ key: 'wsgi.input', value: '<wsgi.input>', type: 'file', from: 'server' })
  return entries
}

export interface Heard {
  sources: { file: string; text: string }[]
  log: { source: string; text: string }[]
}

/** A host's options, and a place for what it says outside of requests. */
export function hostOptions(changes: Partial<HostOptions> = {}): { options: HostOptions; heard: Heard } {
  const heard: Heard = { sources: [], log: [] }
  const began = performance.now()
  const options = {
    workers: 1,
    appTimeoutMs: 30_000,
    now: () => (performance.now() - began) * 1000,
    onSource: ({ file, text }: { file: string; text: string }) => heard.sources.push({ file, text }),
    onLog: (source: string, text: string) => heard.log.push({ source, text }),
    ...changes,
  }
  return { options, heard }
}
