/**
 * What is said otherwise where wsgiscope is a tap: it sees bytes that pass, and nothing of what happens inside the server.
 * One object per language lays these words over those of the picture; what it does not name is said as ever.
 */
import type { BeatKind } from '../../shared/trace/beats.ts'
import type { CaptionWords, StageWords } from './words.ts'

/** The cards, and what stands around them, of which something is said otherwise. */
const SECTIONS = [
  'titles',
  'edges',
  'welcome',
  'socket',
  'environ',
  'application',
  'startResponse',
  'response',
] as const

export interface TappedWords {
  readonly captions: Partial<CaptionWords>
  readonly stage: { readonly [S in (typeof SECTIONS)[number]]: Partial<StageWords[S]> }
  readonly beats: Partial<Record<BeatKind, string>>
}

export function stageOutside(words: StageWords, over: TappedWords['stage']): StageWords {
  const result = { ...words }
  for (const section of SECTIONS) Object.assign(result, { [section]: { ...words[section], ...over[section] } })
  return result
}
