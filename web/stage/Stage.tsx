import { type PointerEvent, type ReactNode, useLayoutEffect, useRef, useState } from 'react'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { CardFrame } from './CardFrame.tsx'
import { neededHeight } from './cardLayout.ts'
import type { CardDefinition } from './cards/card.ts'
import type { SourceView } from './content/sourceRows.ts'
import { DeadServer, type Death } from './DeadServer.tsx'
import type { Deployment } from './deployments/deployment.ts'
import { Explained } from './Explained.tsx'
import { FlightLayer } from './FlightLayer.tsx'
import type { Rect } from './geometry.ts'
import type { Glossary } from './glossary.ts'
import { highlightCurves, highlightTone } from './highlight.ts'
import type { View } from './metrics.ts'
import { phoneScroll } from './phoneScroll.ts'
import { StageCard } from './StageCard.tsx'
import { isThere, type Scene } from './scene.ts'
import { pointedAt, useEscape, useScene } from './useScene.ts'
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
  /** What opens the server's log; it stands on the server's frame. */
  serverLog: ReactNode
  words: StageWords
  glossary: Glossary
  /** The application's main file, as in `app.source`. */
  appFile: string | null
  /** Whether the exchange was served by a version of the application that has been replaced since. */
  earlier: boolean
  /** `localhost:8888`: where a request can be sent. */
  gateway: string | null
  /** How the server stands between client and application. */
  deployment: Deployment
  /** Sends a first request from the terminal; null where nothing can be sent. */
  onExample: (() => void) | null
  /** How the server died, where the picture shows the present and it has not been started again. */
  dead: Death | null
  /** Whether a server runs now. */
  alive: boolean
  /** Starts it again; null where it is not dead, or nothing can be done from here. */
  onRestart: (() => void) | null
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

function Picture({ view, ...props }: StageProps & { view: View }) {
  const { events, words, deployment } = props
  const picture = useRef<HTMLDivElement>(null)
  const { scene, highlight, onPointed, enlarged, ...hands } = useScene({ ...props, view })
  const { onEnlarge, onOpen, onFold } = hands
  useEscape(enlarged === null ? null : () => onEnlarge(null))
  // A phone shows a card or two of the column: the one that the beat is about.
  const atWork = phoneScroll(scene)
  useLayoutEffect(() => {
    if (atWork !== null) picture.current?.parentElement?.scrollTo({ top: atWork })
  }, [atWork])
  const own = events.find((event) => event.exchange !== null)?.exchange
  const firstTrip = events.length === 0 || props.firstExchange === own
  const closed = events.length === 0
  const height = neededHeight(view, deployment, closed)
  const app = { file: props.appFile, earlier: props.earlier }
  const dead = scene.state.dead ?? props.dead
  return (
    <div
      ref={picture}
      className={`picture mode-${scene.mode}${dead === null ? '' : ' is-dead'}`}
      style={{ fontSize: scene.metrics.font, ...(height === null ? {} : { height }) }}
      onPointerOver={(event: PointerEvent) => onPointed(pointedAt(scene, event.target))}
      onPointerLeave={() => onPointed(null)}
    >
      <ServerBox
        scene={scene}
        closed={closed}
        dead={dead !== null}
        words={words}
        gateway={props.gateway}
        serverLog={props.serverLog}
        onExample={props.onExample}
      />
      {!closed && <Explained scene={scene} words={words} glossary={props.glossary} firstTrip={firstTrip} />}
      {!closed && <WireLayer scene={scene} firstTrip={firstTrip} />}
      <ClientCard scene={scene} words={words} closed={closed} onOpen={onOpen} onFold={onFold}>
        {props.client}
      </ClientCard>
      {drawnCards(scene, closed, firstTrip).map((card) => (
        <StageCard
          key={card.id}
          {...hands}
          enlarged={enlarged === card.id}
          definition={card}
          scene={scene}
          words={words}
          app={app}
          highlight={highlight}
        />
      ))}
      {dead !== null && (
        <DeadServer
          death={dead}
          above={scene.cards.listing?.rect ?? below(scene.places.server)}
          revived={props.alive}
          onRestart={props.onRestart}
          words={words.dead}
        />
      )}
      {highlight !== null && enlarged === null && (
        <svg className="curves" aria-hidden="true" width="100%" height="100%">
          {highlightCurves(scene, highlight).map((d) => (
            <path key={d} d={d} className={`tone-${highlightTone(scene, highlight)}`} />
          ))}
        </svg>
      )}
      {enlarged === null && <FlightLayer flights={scene.flights} metrics={scene.metrics} />}
    </div>
  )
}

/** The stages of a request come one after the other, then who stands beside its way. */
const inReadingOrder = (cards: readonly CardDefinition[]): CardDefinition[] => [
  ...cards.filter(({ number }) => number !== null),
  ...cards.filter(({ number }) => number === null),
]

/** Beside the client, which is always there: those that have a place yet and, on a first trip, have been reached. */
function drawnCards(scene: Scene, closed: boolean, firstTrip: boolean): CardDefinition[] {
  const isDrawn = ({ id, isShownIdle }: CardDefinition): boolean => {
    const card = scene.cards[id]
    if (card === undefined || id === 'client') return false
    if (closed) return id === 'application' && scene.mode !== 'phone'
    if (!isThere(card, scene.metrics)) return false
    return !firstTrip || card.state !== 'unreached' || isShownIdle?.(scene.state) === true
  }
  return inReadingOrder(scene.deployment.cards.filter(isDrawn))
}

interface ClientCardProps {
  scene: Scene
  words: StageWords
  closed: boolean
  onOpen: (card: 'client') => void
  onFold: (card: 'client') => void
  children: ReactNode
}

function ClientCard({ scene, words, closed, onOpen, onFold, children }: ClientCardProps) {
  const title = words.titles.client
  const canFold = scene.mode === 'wide' && !closed
  return (
    <CardFrame
      card={scene.cards.client}
      metrics={scene.metrics}
      title={title}
      note={null}
      onOpen={() => onOpen('client')}
      tools={canFold ? [{ name: words.tools.fold(title), icon: 'foldLeft', onPress: () => onFold('client') }] : []}
    >
      <div className="client-slot">{children}</div>
    </CardFrame>
  )
}

const below = (rect: Rect): Rect => ({ ...rect, y: rect.y + rect.h })

interface ServerBoxProps extends Pick<StageProps, 'words' | 'gateway' | 'serverLog' | 'onExample'> {
  scene: Scene
  /** Nothing has come yet: what is in it is not shown. */
  closed: boolean
  dead: boolean
}

/** What the cards of the server stand in, with the names of its two edges; or, before the first request, how to send one. */
function ServerBox({ scene, closed, dead, words, gateway, serverLog, onExample }: ServerBoxProps) {
  const { server } = scene.places
  return (
    <div
      className={closed ? 'process is-closed' : 'process'}
      style={{ left: server.x, top: server.y, width: server.w, height: server.h }}
    >
      <span className="process-name">{words.titles.frame}</span>
      <span className="process-log">{serverLog}</span>
      {closed && !dead && <Welcome words={words.welcome} gateway={gateway} onExample={onExample} />}
    </div>
  )
}
