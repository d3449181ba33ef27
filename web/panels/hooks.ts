/** What components select from the page that they are on. */
import { createContext, useContext, useEffect, useMemo, useState } from 'react'
import { useStore } from 'zustand'
import { deploymentKindIn } from '../../shared/trace/deployment.ts'
import { type Dictionary, dictionaryIn } from '../i18n/dictionary.ts'
import type { Deployment } from '../stage/deployments/deployment.ts'
import { DEPLOYMENTS } from '../stage/deployments/registry.ts'
import { takesHttp } from '../store/addresses.ts'
import type { Page } from '../store/page.ts'
import type { PlayheadState } from '../store/playheadStore.ts'
import type { SessionState } from '../store/session.ts'
import type { TraceState } from '../store/trace.ts'
import { paced } from './paced.ts'

/**
 * The page, for what is drawn within. The same with another playhead, around a second stage, shows another exchange of the
 * same trace beside the first.
 */
export const PageContext = createContext<Page | null>(null)

/** @throws outside of a `PageContext`. */
export function usePage(): Page {
  const page = useContext(PageContext)
  if (page === null) throw new Error('this is drawn outside of a page')
  return page
}

export const useTrace = <T>(selector: (state: TraceState) => T): T => useStore(usePage().trace, selector)
export const usePlayhead = <T>(selector: (state: PlayheadState) => T): T => useStore(usePage().playhead, selector)
export const useSession = <T>(selector: (state: SessionState) => T): T => useStore(usePage().session, selector)

/** Lists of what arrives are drawn this often while much arrives, and so many times at once after a rest. */
const LISTS = { everyMs: 100, atOnce: 40 }

/** What is shown of the trace in lists: it follows at once after a rest, and ten times a second where much arrives. */
export function usePacedTrace<T>(selector: (state: TraceState) => T): T {
  const { trace } = usePage()
  const [state, setState] = useState(() => trace.getState())
  useEffect(() => {
    const pacer = paced(() => setState(trace.getState()), {
      ...LISTS,
      now: () => performance.now(),
      later: (ms, callback) => {
        const timer = window.setTimeout(callback, ms)
        return () => window.clearTimeout(timer)
      },
    })
    const unsubscribe = trace.subscribe(pacer.changed)
    pacer.changed()
    return () => {
      unsubscribe()
      pacer.stop()
    }
  }, [trace])
  return selector(state)
}

/** How the server of the exchange that is shown stands between client and application; before the first one, the run's. */
export function useDeployment(): Deployment {
  const events = useShownEvents()
  const header = useTrace((state) => state.header)
  const shown = useMemo(() => deploymentKindIn(events), [events])
  const atFirst = header?.tap === undefined ? 'direct' : takesHttp(header) ? 'tap' : 'uwsgi-tap'
  return DEPLOYMENTS[shown ?? atFirst]
}

/** The words of the page in the person's language, as they are for what is shown. */
export function useWords(): Dictionary {
  const language = useSession((state) => state.language)
  return dictionaryIn(useDeployment(), language)
}

/** The events of the exchange that is shown: the same array until something is added. */
export function useShownEvents() {
  const { playhead } = usePage()
  // Both stores decide what is shown; the selector reads what they make of it.
  usePlayhead((state) => state.exchange)
  return useTrace(() => playhead.getState().events())
}
