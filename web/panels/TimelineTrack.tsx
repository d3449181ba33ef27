import { type KeyboardEvent, useRef } from 'react'
import { beatAt } from '../../shared/trace/beats.ts'
import type { PlayheadState } from '../store/playheadStore.ts'
import { usePage, usePlayhead, useShownEvents, useWords } from './hooks.ts'
import { perform } from './keys.ts'
import { timeText } from './time.ts'
import { beatLabels, beatsFromEvents, beatTimes, eventsFromBeats, labelWidth, ticksOf } from './timelineScale.ts'
import { useSize } from './useSize.ts'

/** Percent of the track's width, from its place in beats. */
const place = (position: number, beats: number): string => `${beats === 0 ? 0 : (position / beats) * 100}%`

/**
 * A native range slider, transparent, over a drawing of what it means. Its value is in beats: arrows step by beats, with
 * Shift by events; dragging goes anywhere between.
 */
export function TimelineTrack() {
  const page = usePage()
  const words = useWords().shell.timeline
  const events = useShownEvents()
  const beats = page.playhead.getState().beats()
  const playhead = usePlayhead((state) => state.playhead)
  const goal = usePlayhead((state) => state.target ?? state.playhead)
  const track = useRef<HTMLDivElement>(null)
  const { width, rem } = useSize(track)
  const widthOf = (label: string): number => labelWidth(label, rem)

  const position = beatsFromEvents(beats, playhead)
  const value = beatsFromEvents(beats, goal)
  const current = goal <= 0 ? -1 : beatAt(beats, goal)
  const times = beatTimes(events, beats).map(timeText)
  const labels = beats.map((beat) => words.beats[beat.kind])
  const centres = beats.map((_, index) => ((index + 1) / beats.length) * width)
  const { labelShown, timeShown, isAbove } = beatLabels(centres, labels.map(widthOf), times.map(widthOf), current)
  const now = beats[current]
  const valueText =
    now === undefined
      ? words.beginning
      : words.valueText(current + 1, beats.length, words.beats[now.kind], times[current] ?? '')

  return (
    <div className="track" ref={track} data-empty={events.length === 0}>
      <div className="track-line" />
      <div className="track-done" style={{ width: place(position, beats.length) }} />
      <div className="track-start" data-reached={events.length > 0} />
      {ticksOf(beats).map((tick) => (
        <div
          key={tick}
          className="track-tick"
          data-reached={tick <= position}
          style={{ left: place(tick, beats.length) }}
        />
      ))}
      {beats.map((beat, index) => (
        <div
          key={beat.from}
          className="track-beat"
          data-reached={index + 1 <= position}
          data-current={index === current}
          style={{ left: place(index + 1, beats.length) }}
        >
          <span className="track-time" hidden={timeShown[index] !== true}>
            {times[index]}
          </span>
          <span className="track-dot" />
          <span className="track-label" data-above={isAbove[index]} hidden={!labelShown[index]}>
            {labels[index]}
          </span>
        </div>
      ))}
      {events.length > 0 && <div className="track-head" style={{ left: place(position, beats.length) }} />}
      <input
        type="range"
        className="track-input"
        aria-label={words.playhead}
        aria-valuetext={valueText}
        min={0}
        max={beats.length}
        step="any"
        value={value}
        disabled={events.length === 0}
        onChange={(event) => {
          page.playhead.getState().seek(eventsFromBeats(beats, Number(event.currentTarget.value)))
        }}
        onKeyDown={(event) => stepByKey(event, page.playhead.getState())}
      />
    </div>
  )
}

/** Up is forward, as on every slider; with Shift by events. */
function stepByKey(event: KeyboardEvent, playhead: PlayheadState): void {
  if (event.key !== 'ArrowUp' && event.key !== 'ArrowDown') return
  event.preventDefault()
  const way = event.key === 'ArrowUp' ? 'Forward' : 'Back'
  perform(event.shiftKey ? `stepEvent${way}` : `step${way}`, playhead)
}
