/**
 * A stretch of one direction of one connection: absolute byte offsets, `start` included, `end` excluded.
 * Offset 0 is the first byte that direction ever carried, whatever segments the bytes arrived in.
 */
export interface Span {
  readonly start: number
  readonly end: number
}

export const spanLength = (span: Span): number => span.end - span.start

/** Whether two spans share at least one byte. Empty spans share none. */
export const spansOverlap = (a: Span, b: Span): boolean => Math.max(a.start, b.start) < Math.min(a.end, b.end)
