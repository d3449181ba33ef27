/**
 * What a card is to the picture: one module each, and nothing about a card is said anywhere else but its rectangles
 * (cardLayout.ts), the wires that end at it (wires.ts) and what flies to it (flights/).
 */
import type { Beat } from '../../../shared/trace/beats.ts'
import type { TraceEvent } from '../../../shared/trace/events.ts'
import type { StageState } from '../../../shared/trace/fold.ts'
import type { CardId } from '../cardId.ts'
import type { ContentContext, Row, Tone } from '../content/content.ts'
import type { SourceView } from '../content/sourceRows.ts'
import type { StageWords } from '../words.ts'

/** What a card's rows are made of, besides the state. */
export interface CardContext extends ContentContext {
  readonly sourceOf: (file: string) => SourceView | undefined
  /** The application's main file, shown before it is called. */
  readonly appFile: string | null
}

/** What a card shows at a moment, as far as it decides where it is scrolled to. */
export interface CardView {
  readonly rows: readonly Row[]
  /** Tokens that have not landed yet. */
  readonly hidden: ReadonlySet<string>
  readonly state: StageState
  readonly beat: Beat | undefined
  /** How many rows there is room for. */
  readonly visible: number
}

/** Tokens that are coming into sight. */
export interface Fading {
  readonly tokens: ReadonlySet<string>
  /** From 0 to 1, of all of them. */
  readonly opacity: number
}

/** What stands at the right of a card's title: the one number or word that says how far it is. */
export interface Note {
  readonly text: string
  /** An accident, not a state. */
  readonly alarm: boolean
}

/** What the application's card shows. */
export interface AppShown {
  /** The main file, as in `app.source`. */
  readonly file: string | null
  /** Another version of the application is served by now. */
  readonly earlier: boolean
}

export interface Legend {
  readonly tone: Tone
  readonly text: string
}

export interface CardDefinition {
  readonly id: CardId
  /** On its badge, where it is one of the five stages of a request. */
  readonly number: string | null
  /** What the region is called. */
  readonly title: (words: StageWords) => string
  /** Where there is no room for the whole title; a zero-width space stands where it may be broken. */
  readonly shortTitle?: (words: StageWords) => string | undefined
  /** A card is reached by the first thing that comes to it, be it only in flight. */
  readonly isReached: (state: StageState) => boolean
  readonly rows: (state: StageState, context: CardContext) => Row[]
  /** The events whose parts land in rows of this card: while one is in flight, the rows are laid out as they will be. */
  readonly landing?: ReadonlySet<TraceEvent['kind']>
  /** Of such an event in flight: the tokens that are not there yet at `t`. */
  readonly hidden?: (rows: readonly Row[], state: StageState, t: number) => ReadonlySet<string>
  /** Of such an event in flight: the tokens that come into sight at `t`. */
  readonly fading?: (rows: readonly Row[], state: StageState, t: number) => Fading | null
  /** The first row in sight, where nobody has scrolled; below 0 it is the first of all. */
  readonly firstRow?: (view: CardView) => number
  /** What stands beside its title, from the fullest to the shortest way to say it. */
  readonly notes: (state: StageState, words: StageWords, app: AppShown) => Note[]
  /** What its tones mean, below its rows: a line each. */
  readonly legend?: (state: StageState, words: StageWords) => readonly Legend[]
  /** What it says before anything has come to it. */
  readonly idle: (state: StageState, words: StageWords) => string
  /** Whether it says so on a first trip as well, which otherwise leaves out what has not been reached. */
  readonly isShownIdle?: (state: StageState) => boolean
  /** What it says in place of rows where it will never have any. */
  readonly empty?: (words: StageWords) => string
  /** Whether something was checked in it: that nothing was found is said only then. */
  readonly isChecked?: (state: StageState) => boolean
  /** Below its rows: where it stands. */
  readonly status?: (state: StageState, words: StageWords) => Note
  /** Whether it is at work; left out, it is where the beat is about it. */
  readonly isAtWork?: (state: StageState) => boolean
}

export const quiet = (text: string): Note => ({ text, alarm: false })
export const alarm = (text: string): Note => ({ text, alarm: true })

/** Rows that are in sight below the one that is followed. */
const BELOW = 2

/** The first row in sight so that `row` is, and `below` rows with it. */
export const following = (row: number, visible: number, below = BELOW): number => row + below - visible
