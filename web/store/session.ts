/** What belongs to the person in front of the page, and to the connection: nothing of it is in the trace. */

import { createStore, type StoreApi } from 'zustand/vanilla'
import type { Role } from '../../shared/roles.ts'
import type { EventOf } from '../../shared/trace/events.ts'
import { isLanguage, type Language, preferredLanguage } from '../i18n/languages.ts'
import type { Keep } from '../keep.ts'
import type { SourceStatus } from '../sources/source.ts'

export const THEMES = ['system', 'light', 'dark'] as const
export type Theme = (typeof THEMES)[number]

/** What the page has to say until it is dismissed or no longer so. */
type Notice =
  | { kind: 'restarted' }
  | { kind: 'reloaded'; reload: EventOf<'app.reloaded'> }
  | { kind: 'problem'; message: string }
  /** The exchange that was chosen is not kept any more. */
  | { kind: 'letGo'; exchange: number }
  | { kind: 'file'; message: string }
  /** A file is being read; `part` of it, from 0 to 1, has been. */
  | { kind: 'reading'; file: string; part: number; onDismiss: () => void }

export interface SessionState {
  language: Language
  theme: Theme
  /** Whether the first trip is still to come, and is read beat by beat. */
  guided: boolean
  status: SourceStatus
  /** The name of the recording that is open; null while the page listens to a server. */
  file: string | null
  /** What whoever looks at the page may do with the server. */
  role: Role
  notice: Notice | null
  helpOpen: boolean
  /** Whether the server's log is open. */
  logOpen: boolean
  /** Ports that connections of the page's own terminal had, of the last ones. */
  ownPorts: ReadonlySet<number>
  setLanguage(language: Language): void
  setTheme(theme: Theme): void
  /** A first trip was read to its end, or played: nobody is made to wait again. */
  endGuide(): void
  setHelpOpen(open: boolean): void
  setLogOpen(open: boolean): void
  addOwnPort(port: number): void
  dismiss(): void
}

export type SessionStore = StoreApi<SessionState>

const MOST_PORTS = 64

const isTheme = (value: string | null): value is Theme => THEMES.some((theme) => theme === value)

export function createSessionStore(keep: Keep, languages: readonly string[]): SessionStore {
  const language = keep.read('language')
  const theme = keep.read('theme')
  return createStore<SessionState>()((set, get) => ({
    language: isLanguage(language) ? language : preferredLanguage(languages),
    theme: isTheme(theme) ? theme : 'system',
    guided: keep.read('guided') !== 'done',
    status: 'connecting',
    file: null,
    role: 'spectator',
    notice: null,
    helpOpen: false,
    logOpen: false,
    ownPorts: new Set(),
    setLanguage(language) {
      keep.write('language', language)
      set({ language })
    },
    setTheme(theme) {
      keep.write('theme', theme)
      set({ theme })
    },
    endGuide() {
      keep.write('guided', 'done')
      set({ guided: false })
    },
    setHelpOpen: (helpOpen) => set({ helpOpen }),
    setLogOpen: (logOpen) => set({ logOpen }),
    // Systems use ports again, after a while.
    addOwnPort: (port) => set({ ownPorts: new Set([...get().ownPorts, port].slice(-MOST_PORTS)) }),
    dismiss() {
      const { notice } = get()
      if (notice?.kind === 'reading') notice.onDismiss()
      set({ notice: null })
    },
  }))
}
