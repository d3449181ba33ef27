import { type PointerEvent, type ReactNode, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { CardBody } from './CardBody.tsx'
import { CardFindings } from './CardFindings.tsx'
import { CardFrame } from './CardFrame.tsx'
import type { SourceView } from './content/application.ts'
import type { CardId, Link, PanelId } from './content/content.ts'
import { DeadServer } from './DeadServer.tsx'
import { FlightLayer } from './FlightLayer.tsx'
import { neededHeight, type View } from './frames.ts'
import { idleText, saysFromOutside } from './idle.ts'
import { linkedTokens, litCurves, litTone, type Pointed, showingLit } from './lit.ts'
import { applicationStatus, listingNote, noteOf } from './notes.ts'
import { IN_FRAME, phoneScroll } from './phoneScroll.ts'
import { layout, type Scene } from './scene.ts'
import { Welcome } from './Welcome.tsx'
import { WireLayer } from './WireLayer.tsx'
import type { StageWords } from './words.ts'
import './stage.css'

export interface StageProps {
  /** Those of one exchange, as `TraceIndex.eventsOf` gives them; empty before the first request. */
  events: readonly TraceEvent[]
  /** From 0 to `events.length`; its fraction is how far the event at its floor has flown. */
  playhead: number
  /** The text of one of the application's files; another function whenever there are more. */
  sourceOf: (file: string) => SourceView | undefined
  /** The oldest exchange there is: its trip opens the server, card by card. */
  firstExchange: number | null
  /** The terminal: the content of the region `Client`. */
  client: ReactNode
  words: StageWords
  /** The application's main file, as in `app.source`. */
  appFile: string | null
  /** Whether the exchange was served by a version of the application that has been replaced since. */
  earlier: boolean
  /** `localhost:8888`: where a request can be sent. */
  gateway: string | null
  /** The server is seen from outside: cards that nothing reaches say so. */
  outside: boolean
  /** Sends a first request from the terminal; null where nothing can be sent. */
  onExample: (() => void) | null
  /** How the server died, where the picture shows the present and it has not been started again. */
  dead: Death | null
  /** Whether a server runs now. */
  alive: boolean
  /** Starts it again; null where it is not dead, or nothing can be done from here. */
  onRestart: (() => void) | null
}

/** Why the server died, and the traceback where there is one. */
export interface Death {
  readonly reason: string
  readonly traceback: string | null
}

function useSize(): [React.RefObject<HTMLDivElement | null>, View | null] {
  const ref = useRef<HTMLDivElement>(null)
  const [size, setSize] = useState<View | null>(null)
  useLayoutEffect(() => {
    const element = ref.current
    if (element === null) return
    const measure = (): void => setSize({ width: element.clientWidth, height: element.clientHeight })
    measure()
    const observer = new ResizeObserver(measure)
    observer.observe(element)
    return () => observer.disconnect()
  }, [])
  return [ref, size]
}

export function Stage(props: StageProps) {
  const [ref, size] = useSize()
  return (
    <div ref={ref} className="stage">
      {size !== null && <Picture {...props} view={size} />}
    </div>
  )
}

function pointedAt(scene: Scene, target: EventTarget): Pointed | null {
  if (!(target instanceof Element)) return null
  const id = target.closest('[data-token]')?.getAttribute('data-token')
  const card = target.closest('[data-card]')?.getAttribute('data-card')
  if (id == null || card == null || !(card in scene.cards)) return null
  const from = card as CardId
  const link = linkedTokens(scene.cards[from]).find((token) => token.id === id)?.link
  return link == null ? null : { link, from }
}

function Picture({ view, ...props }: StageProps & { view: View }) {
  const { events, playhead, sourceOf, words, appFile, outside } = props
  const picture = useRef<HTMLDivElement>(null)
  const [pointed, setPointed] = useState<Pointed | null>(null)
  const lit = pointed?.link ?? null
  const [scrolled, setScrolled] = useState<{ at: number; by: Partial<Record<PanelId, number>> }>({ at: 0, by: {} })
  // Where somebody scrolled to holds until the picture moves on.
  const still = scrolled.at === playhead ? scrolled.by : NOT_SCROLLED
  const [opened, setOpened] = useState<{ card: CardId; at: number } | null>(null)
  // So does a chip that somebody opened; the terminal stays open until a request comes.
  const pinned = opened !== null && opened.at === playhead ? opened.card : null
  const laidOut = useMemo(
    () => layout({ events, playhead, view, words, sourceOf, outside, appFile, pinned, scrolled: still }),
    [events, playhead, view, words, sourceOf, outside, appFile, pinned, still],
  )
  const scene = useMemo(() => (pointed === null ? laidOut : showingLit(laidOut, pointed)), [laidOut, pointed])
  // A phone shows a card or two of the column: the one that the beat is about.
  const atWork = phoneScroll(scene)
  useLayoutEffect(() => {
    if (atWork !== null) picture.current?.parentElement?.scrollTo({ top: atWork })
  }, [atWork])
  const own = events.find((event) => event.exchange !== null)?.exchange
  const firstTrip = events.length === 0 || props.firstExchange === own
  const onLit = (link: Link | null): void => setPointed(link === null ? null : { link, from: null })
  const scrollTo = (id: PanelId) => (top: number) => setScrolled({ at: playhead, by: { ...still, [id]: top } })
  const open = (id: CardId) => () => setOpened({ card: id, at: playhead })
  const body = (id: CardId, idle: string) => (
    <>
      {scene.cards[id].state === 'unreached' ? (
        <p className="card-idle">{idle}</p>
      ) : (
        <CardBody card={scene.cards[id]} metrics={scene.metrics} lit={lit} onLit={onLit} onScrolled={scrollTo(id)} />
      )}
      {scene.cards[id].foot.length > 0 && (
        <CardFindings card={scene.cards[id]} metrics={scene.metrics} words={words.findings} />
      )}
    </>
  )
  const { frame } = scene.frames
  const status = applicationStatus(scene, words)
  const height = neededHeight(view, scene.listing !== null)
  const closed = events.length === 0
  const shown = { file: appFile, earlier: props.earlier }
  const dead = scene.state.dead ?? props.dead
  return (
    <div
      ref={picture}
      className={`picture mode-${scene.mode}${dead === null ? '' : ' is-dead'}`}
      style={{ fontSize: scene.metrics.font, ...(height === null ? {} : { height }) }}
      onPointerOver={(event: PointerEvent) => setPointed(pointedAt(scene, event.target))}
      onPointerLeave={() => setPointed(null)}
    >
      <div
        className={closed ? 'process is-closed' : 'process'}
        style={{ left: frame.x, top: frame.y, width: frame.w, height: frame.h }}
      >
        <span className="process-name">{words.titles.frame}</span>
        {closed && dead === null && (
          <Welcome words={words.welcome} gateway={props.gateway} onExample={props.onExample} />
        )}
        {!closed && scene.mode === 'wide' && (
          <p className="edges">
            <span>{words.edges.tcp}</span>
            <span>{words.edges.wsgi}</span>
          </p>
        )}
      </div>
      {!closed && (
        <WireLayer scene={scene} words={words} usedOnly={firstTrip || props.outside} outside={props.outside} />
      )}
      <CardFrame
        card={scene.cards.client}
        metrics={scene.metrics}
        title={words.titles.client}
        note={null}
        onOpen={open('client')}
      >
        <div className="client-slot">{props.client}</div>
      </CardFrame>
      {!closed &&
        IN_FRAME.map((id) => {
          const card = scene.cards[id]
          if (firstTrip && card.state === 'unreached' && !(outside && saysFromOutside(id, scene))) return null
          const note = noteOf(id, scene, words, shown)
          return (
            <CardFrame
              key={id}
              card={card}
              metrics={scene.metrics}
              title={words.titles[id]}
              short={words.shortTitles[id]}
              note={note?.text ?? null}
              alarm={note?.alarm ?? false}
              onOpen={open(id)}
            >
              {body(id, idleText(id, scene, words))}
            </CardFrame>
          )
        })}
      {(!closed || scene.mode !== 'phone') && (
        <CardFrame
          card={scene.cards.application}
          metrics={scene.metrics}
          title={words.titles.application}
          note={noteOf('application', scene, words, shown)?.text ?? null}
          onOpen={open('application')}
        >
          {scene.cards.application.rows.length === 0 ? (
            <p className="card-idle">{words.application.noSource}</p>
          ) : (
            body('application', '')
          )}
          <footer className={status.alarm ? 'card-foot alarm' : 'card-foot'}>{status.text}</footer>
        </CardFrame>
      )}
      {!closed && scene.listing !== null && (
        <CardFrame
          card={scene.listing}
          metrics={scene.metrics}
          title={words.titles.listing}
          note={listingNote(scene, words)?.text ?? null}
          onOpen={NOTHING}
        >
          <CardBody
            card={scene.listing}
            metrics={scene.metrics}
            lit={null}
            onLit={NOTHING}
            onScrolled={scrollTo('listing')}
          />
        </CardFrame>
      )}
      {dead !== null && (
        <DeadServer
          death={dead}
          above={scene.listing?.rect ?? { ...frame, y: frame.y + frame.h }}
          revived={props.alive}
          onRestart={props.onRestart}
          words={words.dead}
        />
      )}
      {lit !== null && (
        <svg className="curves" aria-hidden="true" width="100%" height="100%">
          {litCurves(scene, lit).map((d) => (
            <path key={d} d={d} className={`tone-${litTone(scene, lit)}`} />
          ))}
        </svg>
      )}
      <FlightLayer flights={scene.flights} metrics={scene.metrics} />
    </div>
  )
}

const NOT_SCROLLED: Partial<Record<PanelId, number>> = {}
const NOTHING = (): void => undefined
