import './captionAside.css'
import { may } from '../../shared/roles.ts'
import { isOver } from '../../shared/trace/summary.ts'
import { type Aside, asideOf } from './asideOf.ts'
import { usePage, usePlayhead, useSession, useShownEvents, useTrace, useWords } from './hooks.ts'

/** Beside the sentence, and always as large, whatever stands in it: the picture does not move for it. */
export function CaptionAside() {
  const aside = useAside()
  return (
    <div className="caption-aside" data-shows={aside}>
      {aside === 'guide' && <Guide />}
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
