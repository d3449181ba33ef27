import { useId, useMemo, useState } from 'react'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { captionOf, captionParts, plainCaption } from './captionOf.ts'
import type { CaptionWords, Glossary, Term } from './words.ts'

interface CaptionLineProps {
  events: readonly TraceEvent[]
  playhead: number
  words: CaptionWords
  glossary: Glossary
}

/** The sentence of the beat. Its terms open a one-sentence gloss; the live region reads the same sentence. */
export function CaptionLine({ events, playhead, words, glossary }: CaptionLineProps) {
  const [open, setOpen] = useState<Term | null>(null)
  const glossId = useId()
  const caption = useMemo(() => captionOf(events, playhead, words), [events, playhead, words])
  const parts = captionParts(caption)
  // A gloss belongs to the sentence it was opened in.
  const gloss = open !== null && parts.some((part) => part.term === open) ? open : null
  return (
    <div className="caption-line">
      <p className="caption">
        {parts.map(({ text, term }) =>
          term === null ? (
            text
          ) : (
            <button
              key={term}
              type="button"
              className="term"
              aria-expanded={gloss === term}
              aria-controls={glossId}
              onClick={() => setOpen(gloss === term ? null : term)}
            >
              {text}
            </button>
          ),
        )}
      </p>
      <p id={glossId} className="gloss">
        {gloss === null ? '' : glossary[gloss]}
      </p>
      <p className="visually-hidden" role="status" aria-live="polite">
        {plainCaption(caption)}
      </p>
    </div>
  )
}
