/** Trace files, read while they are written. */

import { readFile } from 'node:fs/promises'
import { expect } from '@playwright/test'
import type { TraceEvent, TraceKind } from '../shared/trace/events.ts'
import { readTrace } from '../shared/trace/file.ts'
import { eventsOfKind } from '../shared/trace/query.ts'

/** The trace so far; empty where not even its header has been written. */
async function eventsIn(file: string): Promise<TraceEvent[]> {
  const text = await readFile(file, 'utf8')
  return text === '' ? [] : readTrace(text).events
}

/** Waits until the trace has so many events of a kind, and returns all of it. */
export async function traceWith(file: string, kind: TraceKind, count: number): Promise<TraceEvent[]> {
  await expect
    .poll(async () => eventsOfKind(await eventsIn(file), kind).length, { message: `${count} ${kind} in the trace` })
    .toBeGreaterThanOrEqual(count)
  return await eventsIn(file)
}
