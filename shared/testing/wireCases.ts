/**
 * Requests as they go over the wire, and what must come back: `wireCases.json` says in words how to read itself, and
 * `ownCases.json` in the same words what else is guarded against.
 */
import { readFileSync } from 'node:fs'
import * as z from 'zod'
import type { ClientStep } from './replaySplit.ts'

const Step = z.union([z.string(), z.strictObject({ await: z.string() }), z.strictObject({ shutdown: z.literal(true) })])

const WireCase = z.strictObject({
  name: z.string(),
  why: z.string(),
  send: z.array(Step),
  expect: z.strictObject({
    status: z.array(z.union([z.int(), z.array(z.int())])),
    environ: z.record(z.string(), z.string()).optional(),
    body: z.string().optional(),
    absent: z.array(z.string()).optional(),
    environNot: z.record(z.string(), z.string()).optional(),
    responseHeaders: z.record(z.string(), z.string()).optional(),
    bodyBytes: z.int().optional(),
    // biome-ignore lint/suspicious/noThenProperty: the file's own word, and never awaited
    then: z.enum(['open', 'close']),
  }),
})
export type WireCase = z.infer<typeof WireCase>

const read = (name: string): WireCase[] =>
  z
    .object({ about: z.string(), cases: z.array(WireCase) })
    .parse(JSON.parse(readFileSync(new URL(name, import.meta.url), 'utf8'))).cases

export const wireCases: WireCase[] = read('./wireCases.json')
export const ownCases: WireCase[] = read('./ownCases.json')

/** Without what is awaited: in memory, no text goes out before what stands before it is dealt with. */
export const stepsOf = (wireCase: WireCase): ClientStep[] =>
  wireCase.send
    .filter((step) => typeof step === 'string' || 'shutdown' in step)
    .map((step) => (typeof step === 'string' ? step : { eof: true }))
