/** The one page of this window, and the hooks that components select from it with. */
import { useEffect, useMemo, useState } from 'react'
import { useStore } from 'zustand'
import { deploymentKindIn } from '../../shared/trace/deployment.ts'
import { type Dictionary, dictionaries, dictionaryIn } from '../i18n/dictionary.ts'
import { browserFrame } from '../sources/frameQueue.ts'
import { browserLive } from '../sources/live.ts'
import { readingMs } from '../stage/captionOf.ts'
import type { Deployment } from '../stage/deployments/deployment.ts'
import { DEPLOYMENTS } from '../stage/deployments/registry.ts'
import { keepIn } from './keep.ts'
import { formatMoment, parseMoment } from './moment.ts'
import { paced } from './paced.ts'
import { createPage } from './page.ts'
import type { PlayheadState } from './playhead.ts'
import type { SessionState } from './session.ts'
import type { TraceState } from './trace.ts'

const lessMotion = window.matchMedia('(prefers-reduced-motion: reduce)')

export const page = createPage({
  live: browserLive,
  nextFrame: browserFrame,
  readingMs: (events, beat, language) => readingMs(events, beat, dictionaries[language].captions),
  stillness: () => lessMotion.matches,
  shellWords: (language) => dictionaries[language].shell.terminal,
  keep: keepIn(() => window.localStorage),
  keepForNow: keepIn(() => window.sessionStorage),
  languages: navigator.languages,
  moment: parseMoment(window.location.hash),
  onMoment: (moment) => window.history.replaceState(null, '', formatMoment(moment)),
})

export const useTrace = <T>(selector: (state: TraceState) => T): T => useStore(page.trace, selector)
export const usePlayhead = <T>(selector: (state: PlayheadState) => T): T => useStore(page.playhead, selector)
export const useSession = <T>(selector: (state: SessionState) => T): T => useStore(page.session, selector)

/** Lists of what arrives are drawn this often while much arrives, and so many times at once after a rest. */
const LISTS = { everyMs: 100, atOnce: 40 }

/** The version of the trace, for lists: it follows at once after a rest, and ten times a second where much arrives. */
export function usePacedVersion(): number {
  const [version, setVersion] = useState(() => page.trace.getState().version)
  useEffect(() => {
    const pacer = paced(() => setVersion(page.trace.getState().version), {
      ...LISTS,
      now: () => performance.now(),
      later: (ms, callback) => {
        const timer = window.setTimeout(callback, ms)
        return () => window.clearTimeout(timer)
      },
    })
    const unsubscribe = page.trace.subscribe(pacer.changed)
    pacer.changed()
    return () => {
      unsubscribe()
      pacer.stop()
    }
  }, [])
  return version
}

/** How the server of the exchange that is shown stands between client and application; before the first one, the run's. */
export function useDeployment(): Deployment {
  const events = useShownEvents()
  const taps = useTrace((state) => state.header?.tap !== undefined)
  const shown = useMemo(() => deploymentKindIn(events), [events])
  return DEPLOYMENTS[shown ?? (taps ? 'tap' : 'direct')]
}

/** The words of the page in the person's language, as they are for what is shown. */
export function useWords(): Dictionary {
  const language = useSession((state) => state.language)
  return dictionaryIn(useDeployment(), language)
}

/** The events of the exchange that is shown: the same array until something is added. */
export function useShownEvents() {
  // Both stores decide what is shown; the selector reads what they make of it.
  usePlayhead((state) => state.exchange)
  return useTrace(() => page.playhead.getState().events())
}

/** Runs a first request in the terminal, visibly. */
export const sendExample = (): void => page.sendExample()

/** Starts a server that has died again. */
export const restartServer = (): void => page.restartServer()
