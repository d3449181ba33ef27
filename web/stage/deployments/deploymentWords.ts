/**
 * What is said otherwise in a deployment. One object per language lays these words over those of the picture; what it does
 * not name is said as ever.
 */
import type { BeatKind } from '../../../shared/trace/beats.ts'
import type { CaptionWords, StageWords } from '../words.ts'

/** The cards, and what stands around them, of which something is said otherwise. */
const SECTIONS = [
  'titles',
  'edges',
  'welcome',
  'socket',
  'requestLine',
  'environ',
  'application',
  'startResponse',
  'response',
] as const

export interface DeploymentWords {
  readonly captions?: Partial<CaptionWords>
  readonly stage?: { readonly [S in (typeof SECTIONS)[number]]?: Partial<StageWords[S]> }
  /** On the timeline. */
  readonly beats?: Partial<Record<BeatKind, string>>
}

export function stageWordsIn(words: StageWords, over: DeploymentWords['stage'] = {}): StageWords {
  const result = { ...words }
  for (const section of SECTIONS) Object.assign(result, { [section]: { ...words[section], ...over[section] } })
  return result
}
