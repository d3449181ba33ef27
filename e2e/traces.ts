/** Trace files, read while they are written. */
import { readFile } from 'node:fs/promises'
import { expect } from '@playwright/test'
import type { EventOf, TraceEvent, TraceKind } from '../shared/trace/events.ts'
import { readTrace } from '../shared/trace/file.ts'

export function ofKind<K extends TraceKind>(events: readonly TraceEvent[], kind: K): EventOf<K>[] {
  return events.filter((event): event is EventOf<K> => event.kind === kind)
}

/** The trace so far; empty where not even its header has been written. */
async function eventsIn(file: string): Promise<TraceEvent[]> {
  const text = await readFile(file, 'utf8')
  return text === '' ? [] : readTrace(text).events
}

/** Waits until the trace has so many events of a kind, and returns all of it. */
export async function traceWith(file: string, kind: TraceKind, count: number): Promise<TraceEvent[]> {
  await expect
    .poll(async () => ofKind(await eventsIn(file), kind).length, { message: `${count} ${kind} in the trace` })
    .toBeGreaterThanOrEqual(count)
  return await eventsIn(file)
}

/** All bytes of one direction of a connection, put together. */
export function bytesOf(events: readonly (EventOf<'socket.received'> | EventOf<'socket.sent'>)[]): Buffer {
  return Buffer.concat(events.map((event) => event.bytes ?? new Uint8Array()))
}
