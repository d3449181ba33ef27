/** The sentence under the stage: what the beat at the playhead is about. */
import { type Beat, beatAt } from '../../shared/trace/beats.ts'
import { deploymentKindOf } from '../../shared/trace/deployment.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import type { StageState } from '../../shared/trace/fold.ts'
import { foldedOf } from '../../shared/trace/folded.ts'
import { flyingEntries } from './cards/environLanding.ts'
import { chunksText } from './chunksText.ts'
import { DEPLOYMENTS } from './deployments/registry.ts'
import { TERMS, type Term } from './glossary.ts'
import type { CaptionWords, Missing } from './words.ts'

/** The caption speaks of the beat as a whole, so it is said as soon as the beat begins. */
export function captionOf(events: readonly TraceEvent[], playhead: number, words: CaptionWords): string {
  const folded = foldedOf(events)
  const beat = folded.beats[beatAt(folded.beats, playhead)]
  if (beat === undefined || playhead <= 0) return words.idle
  // A beat that is still growing (a stream) is told as far as the playhead is.
  return captionOfBeat(beat, folded.at(Math.max(Math.ceil(playhead), beat.from + 1)), folded.at(beat.to), words)
}

/** @param now the state at the playhead. @param end the state at the end of the beat. */
function captionOfBeat(beat: Beat, now: StageState, end: StageState, words: CaptionWords): string {
  const own = DEPLOYMENTS[deploymentKindOf(end.opened)].caption(beat, end, words)
  if (own !== null) return own
  switch (beat.kind) {
    case 'arrives':
      return words.arrives
    case 'read':
      return end.received.length > 1
        ? words.readInPieces(end.received.length)
        : words.read(end.inboundEnd - end.inboundStart)
    case 'parsed':
      return end.body === null || end.body.length === 0 ? words.parsed : words.parsedWithBody(end.body.length)
    case 'environ':
      return words.environ(end.environ?.length ?? 0, headerShown(end))
    case 'waits':
      return words.waits(end.queued?.ahead ?? 0)
    case 'called':
      return calledCaption(end, words)
    case 'reads':
      return words.reads(end.bodyRead)
    case 'answers': {
      const status = unmarked(end.startResponse?.status ?? '')
      return end.startResponse?.excInfo == null ? words.answers(status) : words.answersAgain(status)
    }
    case 'chunks':
      return chunksCaption(now, end, words)
    case 'refused':
      if (end.bytesOnly !== null) return end.bytesOnly.code === 'switched' ? words.switched : words.bytesOnly
      return refusedCaption(end, words)
    case 'raised':
      return raisedCaption(end, words)
    case 'ends':
      return endCaption(end, words)
    case 'dead':
      return end.dead?.kind === 'server.absent' ? words.listing.absent : words.listing.died
  }
}

/** The header whose key is told: the one that is seen to fly. */
function headerShown({ environ, headers }: StageState): { name: string; key: string } | null {
  const entry = flyingEntries(environ ?? []).find(({ entry: { keySpans } }) => keySpans !== undefined)?.entry
  const start = entry?.keySpans?.[0]?.start
  const header = start === undefined ? undefined : [...headers].find(({ spans }) => spans.name.start === start)
  return entry === undefined || header === undefined ? null : { name: unmarked(header.name), key: unmarked(entry.key) }
}

function chunksCaption(now: StageState, end: StageState, words: CaptionWords): string {
  if (end.refused !== null) return words.refusalGoesOut
  if (end.raised !== null) return words.errorGoesOut
  const [first, second] = end.chunks
  if (first === undefined) return words.noChunks
  if (second === undefined && first.event.length === 0) return words.emptyChunk
  if (end.gateOpen && !end.chunkSerialized) return words.chunkUnsent
  return chunksText(now, end, words)
}

function calledCaption({ call, returned, startResponse }: StageState, words: CaptionWords): string {
  const callable = unmarked(`${call?.callable ?? 'app'}()`)
  return returned !== null && startResponse === null ? words.calledOnly(callable) : words.called(callable)
}

/** What is missing where no bytes are at fault. */
const MISSING: Readonly<Record<string, Missing>> = {
  'host-missing': 'host',
  incomplete: 'end',
  'packet-incomplete': 'end',
  'header-timeout': 'time',
  'body-timeout': 'time',
  'packet-timeout': 'time',
  'variable-method': 'method',
}

function refusedCaption({ refused }: StageState, words: CaptionWords): string {
  const status = refused?.status ?? 400
  if (refused !== null && refused.span === null) return words.refusedFor(status, MISSING[refused.code] ?? 'other')
  return words.refused(status)
}

function raisedCaption(end: StageState, words: CaptionWords): string {
  const raised = end.raised
  if (raised === null || raised.kind === 'app.died') return end.call === null ? words.notTaken : words.died
  const type = unmarked(raised.type)
  return end.gateOpen ? words.raisedLate(type) : words.raised(type)
}

function endCaption(end: StageState, words: CaptionWords): string {
  const answered = end.answered
  if (answered === null) return end.closed === null ? words.idle : words.torn
  if (!answered.complete) return words.torn
  if (end.refused !== null) return words.refusedEnd(answered.status)
  if (answered.by !== 'application' && answered.by !== 'server') {
    return end.raised?.kind === 'app.died' ? words.diedEnd(answered.status) : words.raisedEnd
  }
  return end.closed === null ? words.doneOpen(answered.status) : words.doneClosed(answered.status)
}

export type CaptionPart = { readonly text: string; readonly term: Term | null }

const isTerm = (text: string): text is Term => TERMS.some((term) => term === text)

/** A name from a trace, as text within a caption: a class may be called `Thing[int]`, and marks nothing by that. */
const unmarked = (name: string): string => name.replace(/[\\[\]|]/g, '\\$&')

const asSaid = (text: string): string => text.replace(/\\(.)/gs, '$1')

/** A term that is marked, or text up to the next one; behind a backslash, any character is itself. */
const PARTS = /\[((?:\\.|[^\\\]])+)\]|((?:\\.|[^\\[])+)/gs

/** `[term]`, or `[term|as it is said here]`. */
export function captionParts(caption: string): CaptionPart[] {
  return Array.from(caption.matchAll(PARTS), ([, marked, text = '']): CaptionPart => {
    if (marked === undefined) return { text: asSaid(text), term: null }
    const [name = marked] = marked.split('|', 1)
    const said = name === marked ? name : marked.slice(name.length + 1)
    return { text: asSaid(said), term: isTerm(name) ? name : null }
  })
}

export const plainCaption = (caption: string): string =>
  captionParts(caption)
    .map((part) => part.text)
    .join('')

/** How long a beat's caption takes to read on a first trip, in milliseconds. */
export function readingMs(events: readonly TraceEvent[], beat: Beat, words: CaptionWords): number {
  const text = plainCaption(captionOf(events, beat.to, words))
  const chinese = text.match(/[\u2e80-\u9fff]/g)?.length ?? 0
  const latin = text.split(/\s+/).length
  return 500 + latin * 105 + chinese * 55
}
