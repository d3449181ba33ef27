/** What the page knows of the run: the index of its events, and what was said about it. */
import { createStore, type StoreApi } from 'zustand/vanilla'
import type { EventOf, TraceEvent, TraceHeader } from '../../shared/trace/events.ts'
import { TraceIndex } from '../../shared/trace/traceIndex.ts'
import type { AppInfo, Counts, Snapshot } from '../sources/source.ts'

/** As many exchanges as the server keeps. */
const KEPT_EXCHANGES = 2000

/** When so many more than `KEPT_EXCHANGES` are there, the oldest go: all at once, not one at each arrival. */
const SLACK = 100

export interface TraceState {
  /** Grows in place; `version` says when. */
  readonly index: TraceIndex
  /** Counts the changes of `index`: what reads the index depends on it. */
  version: number
  header: TraceHeader | null
  app: AppInfo | null
  counts: Counts | null
  /** Exchanges that began in the run and are no longer kept, here or in the server. */
  letGo: number
  /** The `id` of the newest exchange that there ever was; 0 before the first. */
  newest: number
  /** What is known is not of the source that is listened to now. */
  forget(): void
  /** A source has said whose trace this is. Another run than before: what is known of the old one goes. */
  begin(header: TraceHeader, app: AppInfo | null): void
  /** Replaces everything. Returns how many exchanges there are that are newer than what there was. */
  replace(snapshot: Snapshot): number
  /** Returns how many exchanges began with these events. */
  append(events: readonly TraceEvent[]): number
  count(counts: Counts): void
  /** The events of an exchange of which only the summary was known. */
  complete(id: number, events: readonly TraceEvent[]): void
  /** Nobody has the events of this exchange any more. */
  giveUp(id: number): void
  /** The bytes of an event that came without them. */
  fill(seq: number, bytes: Uint8Array): void
}

export type TraceStore = StoreApi<TraceState>

export function createTraceStore(): TraceStore {
  return createStore<TraceState>()((set, get) => ({
    index: new TraceIndex(),
    version: 0,
    header: null,
    app: null,
    counts: null,
    letGo: 0,
    newest: 0,
    forget() {
      get().index.clear()
      set({ header: null, app: null, counts: null, letGo: 0, newest: 0, version: get().version + 1 })
    },
    begin(header, app) {
      if (get().header?.run !== header.run) get().forget()
      set({ header, app })
    },
    replace(snapshot) {
      get().index.restore(snapshot)
      set({ letGo: snapshot.letGo })
      return get().append([])
    },
    append(events) {
      const { index, version, letGo, newest, app } = get()
      const { reloaded } = index.facts
      index.append(events)
      const gone = index.exchanges.length > KEPT_EXCHANGES + SLACK ? index.retain(KEPT_EXCHANGES) : 0
      let arrived = 0
      for (let i = index.exchanges.length - 1; i >= 0 && (index.exchanges[i]?.id ?? 0) > newest; i--) arrived++
      set({
        version: version + 1,
        letGo: letGo + gone,
        newest: Math.max(newest, index.exchanges.at(-1)?.id ?? 0),
        ...(index.facts.reloaded === reloaded ? {} : { app: servedNow(app, index.facts.reloaded) }),
      })
      return arrived
    },
    complete(id, events) {
      get().index.complete(id, events)
      set({ version: get().version + 1 })
    },
    giveUp(id) {
      const { index, letGo, version } = get()
      if (index.summaryOf(id) === undefined) return
      index.letGo(id)
      set({ letGo: letGo + 1, version: version + 1 })
    },
    fill(seq, bytes) {
      get().index.fill(seq, bytes)
      set({ version: get().version + 1 })
    },
    count(counts) {
      set({ counts })
    },
  }))
}

function servedNow(app: AppInfo | null, reload: EventOf<'app.reloaded'> | null): AppInfo | null {
  if (app === null || reload === null) return app
  const { callable, file, line, runtime } = reload
  return { ...app, callable, file, line, runtime }
}
