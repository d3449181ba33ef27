import './captionAside.css'
import { useMemo } from 'react'
import { may } from '../../shared/roles.ts'
import { isOver } from '../../shared/trace/summary.ts'
import { exchangeDuration } from '../../shared/trace/times.ts'
import { type Aside, asideOf } from './asideOf.ts'
import { usePage, usePlayhead, useSession, useShownEvents, useTrace, useWords } from './hooks.ts'
import { later } from './later.tsx'
import { timeText } from './time.ts'

const AndNow = later(async () => (await import('./AndNow.tsx')).AndNow)

/** Beside the sentence, and always as large, whatever stands in it: the picture does not move for it. */
export function CaptionAside() {
  const aside = useAside()
  return (
    <div className="caption-aside" data-shows={aside}>
      {aside === 'guide' && <Guide />}
      {aside === 'replay' && <Replay />}
      {aside === 'andNow' && <AndNow />}
    </div>
  )
}

function useAside(): Aside {
  const events = useShownEvents()
  const exchange = usePlayhead((state) => state.exchange)
  const guided = usePlayhead((state) => state.guided)
  const canSend = useSession((state) => state.status === 'live' && may(state.role, 'send'))
  const over = useTrace(({ index }) => exchange !== null && isOver(index.summaryOf(exchange)?.state ?? 'done'))
  return usePlayhead(({ playhead }) => asideOf({ events, playhead, over, guided, canSend }))
}

/** What took milliseconds is played in seconds. It is said how long it took, and not what came of it. */
function Replay() {
  const words = useWords().shell.replay
  const events = useShownEvents()
  const duration = useMemo(() => exchangeDuration(events), [events])
  if (duration === null) return null
  const answered = events.some((event) => event.kind === 'response.answered' && event.complete)
  return (
    <p className="aside-replay">{answered ? words.answered(timeText(duration)) : words.ended(timeText(duration))}</p>
  )
}

/** The first trip is read at the reader's own pace. */
function Guide() {
  const page = usePage()
  const words = useWords().shell.guide
  const { stepForward, play } = page.playhead.getState()
  return (
    <>
      <button
        type="button"
        className="aside-next"
        aria-label={words.next}
        aria-keyshortcuts="Space"
        onClick={stepForward}
      >
        {words.next}
        <kbd>{words.key}</kbd>
      </button>
      <button type="button" className="aside-button" onClick={play}>
        {words.playThrough}
      </button>
    </>
  )
}
