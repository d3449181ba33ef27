import type { TraceEvent, TraceHeader } from '../../shared/trace/events.ts'
import { encodeRecord } from '../../shared/trace/file.ts'
import { toCurl } from './curl.ts'
import { toHar } from './har.ts'
import { toPcapng } from './pcapng.ts'
import { redact } from './redact.ts'

export interface ExportContext {
  header: TraceHeader
  /** wsgiscope's own version. */
  version: string
  /** Whether Authorization, Cookie and Set-Cookie values stay as they are. */
  secrets: boolean
}

type Writer = (events: readonly TraceEvent[], context: ExportContext) => Uint8Array | string

const WRITERS = {
  ndjson: {
    type: 'application/x-ndjson',
    write: (events, { header }) => [header, ...events].map((record) => `${encodeRecord(record)}\n`).join(''),
  },
  har: { type: 'application/json; charset=utf-8', write: toHar },
  pcapng: { type: 'application/x-pcapng', write: toPcapng },
  curl: { type: 'text/plain; charset=utf-8', write: toCurl },
} as const satisfies Record<string, { type: string; write: Writer }>

export type ExportFormat = keyof typeof WRITERS

export const isExportFormat = (name: string): name is ExportFormat => Object.hasOwn(WRITERS, name)

/** One exchange as a file. `events` are those of the exchange, the opening of its connection included. */
export function exportExchange(
  format: ExportFormat,
  events: readonly TraceEvent[],
  context: ExportContext,
): { type: string; body: Uint8Array | string } {
  const { type, write } = WRITERS[format]
  return { type, body: write(context.secrets ? events : redact(events), context) }
}
