import { type ReactNode, useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { may } from '../shared/roles.ts'
import { versionCalled } from '../shared/trace/query.ts'
import { mainFileIn, sourceIn } from '../shared/trace/sourceTexts.ts'
import type { Dictionary } from './i18n/dictionary.ts'
import { CaptionAside } from './panels/CaptionAside.tsx'
import { ClientPanel } from './panels/ClientPanel.tsx'
import { DropZone } from './panels/DropZone.tsx'
import { ErrorBoundary } from './panels/ErrorBoundary.tsx'
import { ExchangeStrip } from './panels/ExchangeStrip.tsx'
import { useDeployment, usePage, usePlayhead, useSession, useShownEvents, useTrace, useWords } from './panels/hooks.ts'
import { later } from './panels/later.tsx'
import { Notice } from './panels/Notice.tsx'
import { ServerLogButton } from './panels/ServerLog.tsx'
import { Timeline } from './panels/Timeline.tsx'
import { TopBar } from './panels/TopBar.tsx'
import { usePageKeys } from './panels/usePageKeys.ts'
import { useStageClick } from './panels/useStageClick.ts'
import { CaptionLine } from './stage/CaptionLine.tsx'
import { Stage } from './stage/Stage.tsx'
import { clientAddress, takesHttp } from './store/addresses.ts'
import { startPlayer } from './store/player.ts'

const client = <ClientPanel />
const serverLog = <ServerLogButton />

export function App() {
  usePageKeys()
  usePlayer()
  useDocumentAttributes()
  const stage = useRef<HTMLElement>(null)
  useStageClick(stage)
  return (
    <div className="page">
      <TopBar />
      <Guarded part="exchanges">
        <ExchangeStrip />
      </Guarded>
      <Notice />
      <main className="page-stage" ref={stage}>
        <Guarded part="stage" beside={client}>
          <Picture />
        </Guarded>
        <ServerLog />
      </main>
      <Guarded part="caption">
        <Caption />
      </Guarded>
      <Guarded part="timeline">
        <Timeline />
      </Guarded>
      <Help />
      <DropZone />
    </div>
  )
}

const HelpDialog = later(async () => (await import('./panels/HelpDialog.tsx')).HelpDialog)

const ServerLogDrawer = later(async () => (await import('./panels/ServerLogDrawer.tsx')).ServerLogDrawer)

function ServerLog() {
  return useSession((state) => state.logOpen) ? <ServerLogDrawer /> : null
}

/** Stays once it has been asked for: a dialog gives the focus back where it was. */
function Help() {
  const open = useSession((state) => state.helpOpen)
  const [wanted, setWanted] = useState(open)
  if (open && !wanted) setWanted(true)
  return wanted ? <HelpDialog /> : null
}

interface GuardedProps {
  part: keyof Dictionary['shell']['notice']['parts']
  /** What stays when the part cannot be drawn. */
  beside?: ReactNode
  children: ReactNode
}

/** A part of the page: where it cannot be drawn, it says so, and the rest goes on. */
function Guarded({ part, beside, children }: GuardedProps) {
  const { parts, notDrawn } = useWords().shell.notice
  const events = useShownEvents()
  const playhead = usePlayhead((state) => state.playhead)
  const moment = useMemo(() => ({ events, playhead }), [events, playhead])
  return (
    <ErrorBoundary
      of={moment}
      fallback={(why) => (
        <div className="not-drawn">
          <p role="alert">{notDrawn(parts[part], why)}</p>
          {beside}
        </div>
      )}
    >
      {children}
    </ErrorBoundary>
  )
}

function Picture() {
  const page = usePage()
  const { stage: words, glossary } = useWords()
  const events = useShownEvents()
  const playhead = usePlayhead((state) => state.playhead)
  const sources = useTrace((state) => state.facts.sources)
  const firstExchange = useTrace((state) => state.exchanges[0]?.id ?? null)
  // What an old version of the application has served is shown with the old text.
  const version = useMemo(() => versionCalled(events), [events])
  const current = useTrace((state) => state.facts.reloaded?.version ?? 1)
  const sourceOf = useCallback((file: string) => sourceIn(sources, file, version), [sources, version])
  const deployment = useDeployment()
  const header = useTrace((state) => state.header)
  const appFile = useTrace((state) => state.app?.file ?? mainFileIn(state.facts.sources))
  const canSend = useSession((state) => state.status === 'live' && may(state.role, 'send'))
  const canRestart = useSession((state) => state.status === 'live' && may(state.role, 'restart'))
  const dead = useTrace((state) => state.facts.dead)
  const newest = useTrace((state) => state.newest)
  // What is so now is seen at the end of what happened last.
  const present = usePlayhead((state) => (state.exchange ?? 0) === newest && state.playhead >= events.length)
  return (
    <Stage
      events={events}
      playhead={playhead}
      sourceOf={sourceOf}
      firstExchange={firstExchange}
      client={client}
      serverLog={serverLog}
      words={words}
      glossary={glossary}
      appFile={appFile}
      earlier={version !== null && version < current}
      deployment={deployment}
      gateway={header === null ? null : clientAddress(header)}
      onExample={canSend && takesHttp(header) ? page.sendExample : null}
      dead={present ? dead : null}
      alive={dead === null}
      onRestart={canRestart && dead !== null ? page.restartServer : null}
    />
  )
}

function Caption() {
  const { captions, glossary, shell } = useWords()
  const events = useShownEvents()
  const playhead = usePlayhead((state) => state.playhead)
  return (
    <section className="page-caption" aria-label={shell.caption}>
      <CaptionLine events={events} playhead={playhead} words={captions} glossary={glossary} />
      <CaptionAside />
    </section>
  )
}

function usePlayer(): void {
  const page = usePage()
  useEffect(
    () =>
      startPlayer(page.playhead, {
        request: (callback) => window.requestAnimationFrame(callback),
        cancel: (frame) => window.cancelAnimationFrame(frame),
      }),
    [page],
  )
}

/** What the document says of itself: its language, and the theme that its colours follow. */
function useDocumentAttributes(): void {
  const language = useSession((state) => state.language)
  const theme = useSession((state) => state.theme)
  useEffect(() => {
    document.documentElement.lang = language
    if (theme === 'system') delete document.documentElement.dataset.theme
    else document.documentElement.dataset.theme = theme
  }, [language, theme])
}
