/** Where in the request an entry of the environ comes from, as a trace says it; and its twin for where nobody asks. */
import type { Span } from '../bytes/span.ts'
import { type FieldText, nameSpan, valueSpan } from '../http1/requestHead.ts'
import type { Piece } from '../http1/requestLine.ts'
import type { EnvironEntry, RequestOrigin } from '../trace/events.ts'

export interface Origins {
  /** The bytes of the request line as they stand there. */
  identity(from: Piece): RequestOrigin
  /** The same, percent-decoded. */
  percent(from: Piece): RequestOrigin
  /** Worked out from these offsets (start, end, start, end, …). */
  computed(offsets: readonly number[]): RequestOrigin
  field(key: string, field: FieldText): EnvironEntry
  /** A repeated field joined to the entry of the one before. */
  joined(earlier: EnvironEntry, field: FieldText, value: string, separator: string): EnvironEntry
}

const spanOf = (piece: Piece): Span => ({ start: piece.start, end: piece.start + piece.text.length })

export const TRACED_ORIGINS: Origins = {
  identity: (from) => ({ spans: [spanOf(from)], transform: 'identity' }),
  percent: (from) => ({ spans: [spanOf(from)], transform: 'percent' }),
  computed: (offsets) => ({ spans: pairs(offsets), transform: 'computed' }),
  field: (key, field) => ({
    key,
    value: field.value,
    type: 'str',
    from: { spans: [valueSpan(field)], transform: 'identity' },
    keySpans: [nameSpan(field)],
  }),
  joined({ key, type, from, keySpans = [] }, field, value, separator) {
    const spans = typeof from === 'string' ? [] : from.spans
    return {
      key,
      value,
      type,
      from: { spans: [...spans, valueSpan(field)], transform: 'join', separator },
      keySpans: [...keySpans, nameSpan(field)],
    }
  },
}

/** One object in place of every origin. */
const NOWHERE: RequestOrigin = { spans: [], transform: 'computed' }

export const UNTRACED_ORIGINS: Origins = {
  identity: () => NOWHERE,
  percent: () => NOWHERE,
  computed: () => NOWHERE,
  field: (key, field) => ({ key, value: field.value, type: 'str', from: NOWHERE }),
  joined: ({ key, type }, _field, value) => ({ key, value, type, from: NOWHERE }),
}

/** start, end, start, end, … as spans. */
export function pairs(offsets: readonly number[]): Span[] {
  return Array.from({ length: offsets.length / 2 }, (_, i) => ({
    start: offsets[2 * i] ?? 0,
    end: offsets[2 * i + 1] ?? 0,
  }))
}
