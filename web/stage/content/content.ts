/**
 * What stands in a card: rows of tokens on a grid of character cells. Positions are counted in cells, so that the
 * picture can be laid out, and tested, without a browser: IBM Plex Mono advances 0.6 em for every character.
 */
import type { Span } from '../../../shared/bytes/span.ts'
import type { StageWords } from '../words.ts'

/** Where a value comes from in the request: one colour each, on every card. */
export type Origin = 'method' | 'path' | 'query' | 'version' | 'header' | 'body'

/** How a token looks. `server`: made by the server itself (hatched); `framing`: stamped around what others made. */
export type Tone = Origin | 'status' | 'server' | 'framing' | 'plain' | 'soft' | 'label' | 'error'

/** What a token stands for: bytes of the request, or a part of the answer (`status`, `header:2`, `chunk:0`). */
export interface Link {
  readonly spans: readonly Span[]
  readonly out: string | null
}

export interface Token {
  readonly id: string
  readonly col: number
  readonly text: string
  readonly tone: Tone
  readonly link: Link | null
  /** The bytes at fault of a refused request. */
  readonly fault?: boolean
}

export interface Row {
  readonly id: string
  readonly tokens: readonly Token[]
  /** `now`: what runs at this moment. `rule`: a dashed line above the row. */
  readonly mark?: 'now' | 'past' | 'rule' | undefined
  /**
   * What the row is when it is copied, with its line end: of a value on several rows the first has all of it and the others
   * nothing; of bytes each row has its own. Left out, it is what is drawn.
   */
  readonly copy?: string | Uint8Array
  /** Columns at which one segment ended and the next began. */
  readonly perforations?: readonly number[]
}

/** What builds a card's rows: the width in cells and the words of the language. */
export interface ContentContext {
  readonly cols: number
  readonly words: StageWords
}

export const NO_SPANS: readonly Span[] = []

export const linkTo = (...spans: readonly Span[]): Link => ({ spans, out: null })
export const linkOut = (out: string): Link => ({ spans: NO_SPANS, out })
