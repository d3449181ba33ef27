/** The sixty-line server: its source, with the line that runs next, and what it makes of the bytes. */
import type { StageState } from '../../../shared/trace/fold.ts'
import { type SourceView, sourceRows } from './application.ts'
import { byteRows, type Paint } from './byteRows.ts'
import type { ContentContext, Row } from './content.ts'
import { proseRows } from './prose.ts'
import { boundariesBefore } from './segments.ts'

/** More than this is counted, not drawn. */
const BYTES_SHOWN = 4096

/** Where the server waits for the next connection. */
const WAITS = 'listener.accept()'

/** `shown`: the row that must be visible. */
export function listingRows(
  state: StageState,
  sourceOf: (file: string) => SourceView | undefined,
  context: ContentContext,
): { rows: Row[]; shown: number } {
  const source = state.listing === null ? undefined : sourceOf(state.listing)
  if (source === undefined) return { rows: [], shown: 0 }
  const rows = sourceRows(source, state.serverLine?.event.line ?? null, context)
  const now = rows.findIndex((row) => row.mark === 'now')
  const waits = rows.findIndex((row) => row.tokens.some((token) => token.text.includes(WAITS)))
  return { rows, shown: Math.max(0, now >= 0 ? now : waits) }
}

/** What came, all of it; what its one recv() left behind is set apart. */
export function listingSocketRows(state: StageState, paints: readonly Paint[], { cols, words }: ContentContext): Row[] {
  const { inboundStart: start, inboundEnd: end } = state
  const total = end - start
  const bytes = state.inbound.slice({ start, end: Math.min(end, start + BYTES_SHOWN) })
  if (bytes === null) return proseRows('gone', words.socket.notHere(total), cols)
  const read = state.serverReceived?.length ?? null
  const split = Math.min(bytes.length, read ?? bytes.length)
  const shared = { cols, paints, fault: null, boundaries: boundariesBefore(state, start + BYTES_SHOWN) }
  const rows = byteRows(bytes.subarray(0, split), { ...shared, start, idPrefix: 'h' })
  if (read === null) rows.push(...proseRows('caret', `\u258f${words.listing.waits}`, cols, 'error'))
  else if (state.environ !== null) {
    rows.push(...proseRows('kept', words.listing.kept(read, state.bodyRead), cols, 'label', true))
  }
  if (read !== null && total > read) {
    rows.push(...proseRows('unread', words.listing.unread(total - read), cols, 'error', true))
    rows.push(...byteRows(bytes.subarray(split), { ...shared, start: start + split, idPrefix: 'b' }))
  }
  if (total > bytes.length) rows.push(...proseRows('more', words.socket.more(total - bytes.length), cols))
  return rows
}
