/** Rows of bytes, as sockets carry them: painted by what they are, wrapped, line ends visible. */
import type { Span } from '../../../shared/bytes/span.ts'
import { visibleByte } from '../text.ts'
import type { Link, Row, Token, Tone } from './content.ts'

/** A stretch of bytes that is one thing. Paints do not overlap; what none covers is plain. */
export interface Paint {
  readonly span: Span
  readonly tone: Tone
  readonly link: Link | null
}

export interface ByteRowsOptions {
  /** Offset of the first of the bytes. */
  readonly start: number
  readonly cols: number
  readonly paints: readonly Paint[]
  /** The bytes at fault. */
  readonly fault: Span | null
  /** Offsets at which a segment begins. */
  readonly boundaries: readonly number[]
  readonly idPrefix: string
}

interface OpenToken {
  col: number
  text: string
  tone: Tone
  link: Link | null
  fault: boolean
  id: string
}

const isLineEnd = (byte: number | undefined): boolean => byte === 13 || byte === 10

export function byteRows(bytes: Uint8Array, options: ByteRowsOptions): Row[] {
  const { start, cols, fault } = options
  const paints = [...options.paints].sort((a, b) => a.span.start - b.span.start)
  const boundaries = new Set(options.boundaries)
  const rows: Row[] = []
  let tokens: Token[] = []
  let perforations: number[] = []
  let open: OpenToken | null = null
  let col = 0
  let paintAt = 0
  /** Index of the first byte of the row. */
  let rowStart = 0

  const closeToken = (): void => {
    if (open !== null && open.text !== '') tokens.push(open)
    open = null
  }
  const closeRow = (end: number): void => {
    closeToken()
    rows.push({ id: `${options.idPrefix}${rows.length}`, tokens, perforations, copy: bytes.subarray(rowStart, end) })
    rowStart = end
    tokens = []
    perforations = []
    col = 0
  }

  for (const [index, byte] of bytes.entries()) {
    const offset = start + index
    while (paintAt < paints.length && (paints[paintAt]?.span.end ?? 0) <= offset) paintAt++
    const paint = paints[paintAt]
    const painted = paint !== undefined && paint.span.start <= offset ? paint : null
    const tone: Tone = painted?.tone ?? (isLineEnd(byte) ? 'soft' : 'plain')
    const isFault = fault !== null && offset >= fault.start && offset < fault.end
    const text = visibleByte(byte)
    // What is one thing, and a line end, are not torn apart where they fit on the next row whole.
    const lineEnd = byte === 13 && bytes[index + 1] === 10 ? '\\r\\n'.length : 0
    const whole = Math.max(painted?.span.start === offset ? painted.span.end - offset : 0, lineEnd)
    const room = Math.max(text.length, whole <= cols ? whole : 0)
    if (col > 0 && col + room > cols) closeRow(index)
    if (boundaries.has(offset) && offset > start) perforations.push(col)
    const link = painted?.link ?? null
    if (open === null || open.tone !== tone || open.link !== link || open.fault !== isFault) {
      closeToken()
      open = { col, text: '', tone, link, fault: isFault, id: `${options.idPrefix}${offset}` }
    }
    open.text += text
    col += text.length
    if (byte === 10) closeRow(index + 1)
  }
  if (col > 0) closeRow(bytes.length)
  return rows
}
