import { type PointerEvent, type ReactNode, useEffect, useLayoutEffect, useMemo, useRef, useState } from 'react'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { CardFrame } from './CardFrame.tsx'
import type { CardId } from './cardId.ts'
import { neededHeight } from './cardLayout.ts'
import type { CardDefinition } from './cards/card.ts'
import type { Link } from './content/content.ts'
import type { SourceView } from './content/sourceRows.ts'
import { DeadServer, type Death } from './DeadServer.tsx'
import type { Deployment } from './deployments/deployment.ts'
import { FlightLayer } from './FlightLayer.tsx'
import { GlossTerm } from './GlossTerm.tsx'
import type { Rect } from './geometry.ts'
import { highlightCurves, highlightTone, linkedTokens, type Pointed, showingHighlight } from './highlight.ts'
import type { Label } from './labels.ts'
import type { View } from './metrics.ts'
import { phoneScroll } from './phoneScroll.ts'
import { StageCard } from './StageCard.tsx'
import { isThere, layout, type Scene, type SceneInput } from './scene.ts'
import { Welcome } from './Welcome.tsx'
import { WireLayer } from './WireLayer.tsx'
import type { Glossary, StageWords, Term } from './words.ts'
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

function pointedAt(scene: Scene, target: EventTarget): Pointed | null {
  if (!(target instanceof Element)) return null
  const id = target.closest('[data-token]')?.getAttribute('data-token')
  const from = target.closest('[data-card]')?.getAttribute('data-card')
  const card = Object.values(scene.cards).find((each) => each.id === from)
  if (id == null || card === undefined) return null
  const link = linkedTokens(card).find((token) => token.id === id)?.link
  return link == null ? null : { link, from: card.id }
}

type Scrolled = SceneInput['scrolled']

/** What somebody does to the picture; all of it holds until the playhead moves on. */
function useScene(input: Omit<SceneInput, 'pinned' | 'scrolled' | 'folded' | 'enlarged'>) {
  const { events, playhead, view, words, sourceOf, deployment, appFile } = input
  const [pointed, setPointed] = useState<Pointed | null>(null)
  const [scrolled, setScrolled] = useState<{ at: number; by: Scrolled }>({ at: 0, by: {} })
  const still = scrolled.at === playhead ? scrolled.by : NOT_SCROLLED
  const [opened, setOpened] = useState<{ card: CardId; at: number } | null>(null)
  const pinned = opened !== null && opened.at === playhead ? opened.card : null
  const [folded, setFolded] = useState<ReadonlySet<CardId>>(NONE_FOLDED)
  const [enlarged, setEnlarged] = useState<CardId | null>(null)
  const laidOut = useMemo(
    () =>
      layout({
        events,
        playhead,
        view,
        words,
        sourceOf,
        deployment,
        appFile,
        pinned,
        scrolled: still,
        folded,
        enlarged,
      }),
    [events, playhead, view, words, sourceOf, deployment, appFile, pinned, still, folded, enlarged],
  )
  const scene = useMemo(() => (pointed === null ? laidOut : showingHighlight(laidOut, pointed)), [laidOut, pointed])
  return {
    scene,
    highlight: pointed?.link ?? null,
    onPointed: setPointed,
    onHighlight: (link: Link | null): void => setPointed(link === null ? null : { link, from: null }),
    onScrolled: (id: CardId, top: number): void => setScrolled({ at: playhead, by: { ...still, [id]: top } }),
    /** A chip that somebody opened takes the place of a card that matters; a column that was folded away comes back. */
    onOpen(card: CardId): void {
      if (folded.has(card)) setFolded(new Set([...folded].filter((each) => each !== card)))
      else setOpened({ card, at: playhead })
    },
    onFold: (card: CardId): void => setFolded(new Set([...folded, card])),
    enlarged,
    onEnlarge: setEnlarged,
  }
}

/** Whoever has enlarged a card leaves it with Escape as well. */
function useEscape(pressed: (() => void) | null): void {
  useEffect(() => {
    if (pressed === null) return
    const press = (event: globalThis.KeyboardEvent): void => {
      if (event.key === 'Escape' && !event.defaultPrevented) pressed()
    }
    document.addEventListener('keydown', press)
    return () => document.removeEventListener('keydown', press)
  }, [pressed])
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
  const { client, ...others } = scene.cards
  const isDrawn = ({ id, isShownIdle }: CardDefinition): boolean => {
    const card = scene.cards[id]
    if (card === undefined || card === client) return false
    if (closed) return id === 'application' && scene.mode !== 'phone'
    if (!isThere(card, scene.metrics)) return false
    return !firstTrip || card.state !== 'unreached' || isShownIdle?.(scene.state) === true
  }
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
        onExample={props.onExample}
      />
      {!closed && <Explained scene={scene} words={words} glossary={props.glossary} firstTrip={firstTrip} />}
      {!closed && <WireLayer scene={scene} firstTrip={firstTrip} />}
      <CardFrame
        card={client}
        metrics={scene.metrics}
        title={words.titles.client}
        note={null}
        onOpen={() => onOpen('client')}
        tools={
          scene.mode === 'wide' && !closed
            ? [{ name: words.tools.fold(words.titles.client), icon: 'foldLeft', onPress: () => onFold('client') }]
            : []
        }
      >
        <div className="client-slot">{props.client}</div>
      </CardFrame>
      {inReadingOrder(deployment.cards.filter(isDrawn)).map((card) => (
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
          above={others.listing?.rect ?? below(scene.places.server)}
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

const below = (rect: Rect): Rect => ({ ...rect, y: rect.y + rect.h })

interface ServerBoxProps extends Pick<StageProps, 'words' | 'gateway' | 'onExample'> {
  scene: Scene
  /** Nothing has come yet: what is in it is not shown. */
  closed: boolean
  dead: boolean
}

/** What the cards of the server stand in, with the names of its two edges; or, before the first request, how to send one. */
function ServerBox({ scene, closed, dead, words, gateway, onExample }: ServerBoxProps) {
  const { server } = scene.places
  return (
    <div
      className={closed ? 'process is-closed' : 'process'}
      style={{ left: server.x, top: server.y, width: server.w, height: server.h }}
    >
      <span className="process-name">{words.titles.frame}</span>
      {closed && !dead && <Welcome words={words.welcome} gateway={gateway} onExample={onExample} />}
    </div>
  )
}

interface ExplainedProps {
  scene: Scene
  words: StageWords
  glossary: Glossary
  firstTrip: boolean
}

/** What crosses each of the two edges of the server, and the name of the gate: words that explain themselves. */
function Explained({ scene: { labels, metrics, cards }, words, glossary, firstTrip }: ExplainedProps) {
  const termOf = (id: Label['id']): Term | null =>
    id === 'tcp' ? 'TCP' : id === 'wsgi' ? 'WSGI' : id === 'gate' ? 'gate' : null
  return labels.map(({ id, text, x, y, width }) => {
    const term = termOf(id)
    if (term === null || (term === 'gate' && firstTrip && cards.response.state === 'unreached')) return null
    const said = term === 'gate' ? words.wires.gate : term
    const at = text.indexOf(said)
    return (
      <span key={id} className="edge" style={{ left: x - width / 2, top: y - metrics.font }}>
        {text.slice(0, Math.max(0, at))}
        {at >= 0 && <GlossTerm term={term} said={said} glossary={glossary} />}
        {text.slice(at < 0 ? 0 : at + said.length)}
      </span>
    )
  })
}

const NONE_FOLDED: ReadonlySet<CardId> = new Set()
const NOT_SCROLLED: Scrolled = {}
