/** What is told of the chunks that an application gives. */
import type { StageState } from '../../shared/trace/fold.ts'
import type { BodyEnd, CaptionWords } from './words.ts'

/** How many chunks an application gave, as far as the playhead is. A large chunk that came in pieces is one. */
export function chunksText(now: StageState, end: StageState, words: Pick<CaptionWords, 'chunk' | 'chunks'>): string {
  const [first] = end.chunks
  if (first !== undefined && end.wholeChunks <= 1)
    return words.chunk(first.event.length + (first.event.rest ?? 0), bodyEnd(end))
  return words.chunks(Math.max(1, now.wholeChunks), bodyEnd(end))
}

/** Of a head that may have any number of lines, those that say how the body ends are looked for in so many pieces. */
const LOOKED_AT = 1000

function bodyEnd({ segments, startResponse }: StageState): BodyEnd {
  const own = startResponse?.headers.some(([name]) => name.toLowerCase() === 'content-length') === true
  if (own) return 'ownLength'
  let looked = 0
  let closes = false
  for (const { from } of segments) {
    if (from === 'server:content-length') return 'length'
    if (from === 'server:transfer-encoding') return 'chunked'
    if (from === 'server:connection') closes = true
    if (from.startsWith('chunk:') || ++looked > LOOKED_AT) break
  }
  return closes ? 'close' : 'unknown'
}
