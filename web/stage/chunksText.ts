import type { StageState } from '../../shared/trace/fold.ts'
import type { CaptionWords } from './words.ts'

/** How many chunks an application gave, as far as the playhead is. A large chunk that came in pieces is one. */
export function chunksText(now: StageState, end: StageState, words: Pick<CaptionWords, 'chunk' | 'chunks'>): string {
  const [first] = end.chunks
  if (first !== undefined && end.wholeChunks <= 1) return words.chunk(first.event.length + (first.event.rest ?? 0))
  return words.chunks(Math.max(1, now.wholeChunks))
}
