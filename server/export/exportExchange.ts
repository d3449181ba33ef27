import type { TraceEvent } from '../../shared/trace/events.ts'
import { encodeRecord } from '../../shared/trace/file.ts'
import { missingBytes } from '../../shared/trace/streams.ts'
import { exchangeDuration } from '../../shared/trace/times.ts'
import type { ExportContext } from './context.ts'
import { toCurl } from './curl.ts'
import { toHar } from './har.ts'
import { toPcapng } from './pcapng.ts'
import { bodiesOf, maskedNames, redact } from './redact.ts'

export interface ExportOptions extends Omit<ExportContext, 'bodies' | 'masked'> {
  /** Whether what should not be shown to everybody stays as it is. */
  secrets: boolean
}

type Writer = (events: readonly TraceEvent[], context: ExportContext) => Uint8Array | string

const WRITERS = {
  ndjson: {
    type: 'application/x-ndjson',
    write: toNdjson,
  },
  har: { type: 'application/json; charset=utf-8', write: toHar },
  pcapng: { type: 'application/x-pcapng', write: toPcapng },
  curl: { type: 'text/plain; charset=utf-8', write: toCurl },
} as const satisfies Record<string, { type: string; write: Writer }>

export type ExportFormat = keyof typeof WRITERS

export const isExportFormat = (name: string): name is ExportFormat => Object.hasOwn(WRITERS, name)

function toNdjson(events: readonly TraceEvent[], { header, masked }: ExportContext): string {
  const missing = missingBytes(events)
  const took = exchangeDuration(events)
  const names = maskedNames(masked)
  const told = {
    ...header,
    ...(missing === 0 ? {} : { missing }),
    ...(took === null ? {} : { took }),
    ...(names.length === 0 ? {} : { masked: names }),
  }
  const records = [told, ...events]
  return records.map((record) => `${encodeRecord(record)}\n`).join('')
}

/**
 * One exchange as a file. `events` are those of the exchange, with the opening of its connection and the texts it points into. What the log has not
 * kept of large bodies is missing in every format, and each says so in its own way; `missing` is how many bytes.
 */
export async function exportExchange(
  format: ExportFormat,
  events: readonly TraceEvent[],
  { secrets, ...about }: ExportOptions,
): Promise<{ type: string; body: Uint8Array | string; missing: number }> {
  const { type, write } = WRITERS[format]
  const bodies = await bodiesOf(events)
  const shown = secrets ? { events, bodies, masked: { request: [], response: [] } } : redact(events, bodies)
  return { type, body: write(shown.events, { ...about, ...shown }), missing: missingBytes(events) }
}
