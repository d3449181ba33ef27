import { useMemo } from 'react'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { captionOf, captionParts, plainCaption } from './captionOf.ts'
import { GlossTerm } from './GlossTerm.tsx'
import type { Glossary } from './glossary.ts'
import type { CaptionWords } from './words.ts'

interface CaptionLineProps {
  events: readonly TraceEvent[]
  playhead: number
  words: CaptionWords
  glossary: Glossary
}

/** What the beat is about. Its terms explain themselves; the live region reads the same sentences. */
export function CaptionLine({ events, playhead, words, glossary }: CaptionLineProps) {
  const caption = useMemo(() => captionOf(events, playhead, words), [events, playhead, words])
  return (
    <div className="caption-line">
      <p className="caption">
        {captionParts(caption).map(({ text, term }, n) =>
          term === null ? (
            text
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: a gloss belongs to the sentence it was opened in
            <GlossTerm key={`${caption}${n}`} term={term} said={text} glossary={glossary} />
          ),
        )}
      </p>
      <p className="visually-hidden" role="status" aria-live="polite">
        {plainCaption(caption)}
      </p>
    </div>
  )
}
