import './timeline.css'
import { type Beat, beatAt } from '../../shared/trace/beats.ts'
import { SPEEDS, type Speed } from '../store/playhead.ts'
import { usePage, usePlayhead, useShownEvents, useWords } from './hooks.ts'
import { TimelineTrack } from './TimelineTrack.tsx'

/** Where the picture stands in its exchange, and the controls that move it. */
export function Timeline() {
  const words = useWords().shell.timeline
  return (
    <section className="timeline" aria-label={words.label}>
      <Transport />
      <TimelineTrack />
      <Position />
    </section>
  )
}

function Transport() {
  const page = usePage()
  const words = useWords().shell.timeline
  const playing = usePlayhead((state) => state.playing)
  const speed = usePlayhead((state) => state.speed)
  const nothing = useShownEvents().length === 0
  const { first, stepBack, play, pause, stepForward, last, setSpeed } = page.playhead.getState()
  return (
    <div className="transport">
      <IconButton name={words.first} icon="first" disabled={nothing} onPress={first} />
      <IconButton name={words.stepBack} icon="back" disabled={nothing} onPress={stepBack} />
      <IconButton
        name={playing ? words.pause : words.play}
        icon={playing ? 'pause' : 'play'}
        disabled={nothing}
        onPress={playing ? pause : play}
      />
      <IconButton name={words.stepForward} icon="forward" disabled={nothing} onPress={stepForward} />
      <IconButton name={words.last} icon="last" disabled={nothing} onPress={last} />
      <select
        className="speed"
        aria-label={words.speed}
        title={words.speed}
        value={speed}
        onChange={(event) => setSpeed(Number(event.currentTarget.value) as Speed)}
      >
        {SPEEDS.map((value) => (
          <option key={value} value={value}>
            {words.times(value)}
          </option>
        ))}
      </select>
    </div>
  )
}

const ICONS = {
  first: 'M6 5v14M19 5.5v13L9 12z',
  back: 'M16.5 5.5v13L6.5 12z',
  play: 'M8 4.5v15L19.5 12z',
  pause: 'M8.5 5v14M15.5 5v14',
  forward: 'M7.5 5.5v13L17.5 12z',
  last: 'M18 5v14M5 5.5v13L15 12z',
} as const

interface IconButtonProps {
  name: string
  icon: keyof typeof ICONS
  disabled: boolean
  onPress: () => void
}

function IconButton({ name, icon, disabled, onPress }: IconButtonProps) {
  return (
    <button
      type="button"
      className="icon-button"
      data-icon={icon}
      aria-label={name}
      title={name}
      disabled={disabled}
      onClick={onPress}
    >
      <svg viewBox="0 0 24 24" aria-hidden="true">
        <path d={ICONS[icon]} />
      </svg>
    </button>
  )
}

/** `beat 6 of 9`; while one steps by events, the event too. */
function Position() {
  const page = usePage()
  const words = useWords().shell.timeline
  const events = useShownEvents()
  const beats = page.playhead.getState().beats()
  const beat = usePlayhead(({ target, playhead }) => beatNumber(beats, target ?? playhead))
  const event = usePlayhead(({ target, playhead }) => Math.floor(target ?? playhead))
  const byEvent = usePlayhead((state) => state.grain === 'event')
  if (events.length === 0) return <p className="position">{words.empty}</p>
  return (
    <p className="position">
      <span>{words.position(beat, beats.length)}</span>
      {byEvent && <span className="position-event">{words.event(event, events.length)}</span>}
    </p>
  )
}

/** Counted from 1; 0 before the first event. */
const beatNumber = (beats: readonly Beat[], playhead: number): number =>
  playhead <= 0 ? 0 : beatAt(beats, playhead) + 1
