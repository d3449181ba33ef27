/** The naive server of sixty lines, in front of which a tap watches it line by line. */
import type { Beat } from '../../../shared/trace/beats.ts'
import type { StageState } from '../../../shared/trace/fold.ts'
import { applicationCard, applicationStatus } from '../cards/application.ts'
import { alarm, type CardDefinition, quiet } from '../cards/card.ts'
import { listingCard } from '../cards/listing.ts'
import { requestPaints, socketCard } from '../cards/socket.ts'
import { startResponseCard } from '../cards/startResponse.ts'
import { chunksText } from '../chunksText.ts'
import { byteRows } from '../content/byteRows.ts'
import type { ContentContext, Row } from '../content/content.ts'
import { proseRows } from '../content/prose.ts'
import { boundariesBefore } from '../content/segments.ts'
import type { CaptionWords } from '../words.ts'
import type { Deployment } from './deployment.ts'
import { direct } from './direct.ts'
import { withCards } from './variants.ts'

/** More than this is counted, not drawn. */
const BYTES_SHOWN = 4096

/** What came, all of it; what its one recv() left behind is set apart. */
function receivedRows(state: StageState, { cols, words }: ContentContext): Row[] {
  const { inboundStart: start, inboundEnd: end } = state
  const total = end - start
  const bytes = state.inbound.slice({ start, end: Math.min(end, start + BYTES_SHOWN) })
  if (bytes === null) return proseRows('gone', words.socket.notHere(total), cols)
  const read = state.serverReceived?.length ?? null
  const split = Math.min(bytes.length, read ?? bytes.length)
  const shared = {
    cols,
    paints: requestPaints(state),
    fault: null,
    boundaries: boundariesBefore(state, start + BYTES_SHOWN),
  }
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

const socket: CardDefinition = {
  ...socketCard,
  rows: (state, context) =>
    state.received.length === 0 ? socketCard.rows(state, context) : receivedRows(state, context),
}

/** It runs in the server itself, and nobody calls its close(). */
const application: CardDefinition = {
  ...applicationCard,
  status: (state, words) => {
    const ordinary = applicationStatus(state, words)
    if (ordinary.alarm || state.call === null || state.omitted !== null || state.appClosed) return ordinary
    return state.answered === null ? quiet(words.listing.running) : alarm(words.listing.notClosed)
  },
}

/** Nobody checks what this server does: only a few of its mistakes are told. */
const startResponse: CardDefinition = {
  ...startResponseCard,
  idle: (_, words) => words.listing.keptIdle,
  isChecked: () => false,
}

/** What it does otherwise; null where it does what every server does. */
function caption(beat: Beat, end: StageState, { listing: words }: CaptionWords): string | null {
  const received = end.serverReceived?.length ?? 0
  switch (beat.kind) {
    case 'read':
      return end.serverReceived === null ? null : words.read(received, end.inboundEnd - end.inboundStart - received)
    case 'parsed':
      return words.parsed
    case 'environ': {
      const keys = end.environ?.length ?? 0
      return end.requestLine?.target.includes('?') === true ? words.environWithQuery(keys) : words.environ(keys)
    }
    case 'reads':
      return words.reads(end.bodyRead)
    case 'chunks':
      return end.chunks.length === 0 ? null : chunksText(end, end, words)
    case 'ends':
      if (end.dead !== null || end.answered === null) return words.noAnswer
      return end.appClosed ? null : words.neverClosed
    default:
      return null
  }
}

export const sixtyLines: Deployment = {
  ...direct,
  kind: 'sixty-lines',
  cards: withCards(direct.cards, socket, application, startResponse, listingCard),
  // It never reads them.
  wires: { absent: new Set(['headers']), gate: true, onlyUsed: false },
  caption,
}
