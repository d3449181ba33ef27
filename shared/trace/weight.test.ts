import { expect, test } from 'vitest'
import { traceOfAppEvent } from '../gateway/appTrace.ts'
import { weighAppEvent } from '../gateway/appWeight.ts'
import type { AppEvent } from '../gateway/types.ts'
import { weigh } from './weight.ts'

const LONG = 'x'.repeat(100_000)
const frame = { file: '/app.py', line: 1, function: 'app' }
const start = { kind: 'startResponse', status: '200 OK', headers: [], excInfo: null, stack: [] } as const
const raised = { type: 'E', message: '', traceback: '', stack: [] }

const GROWN: [string, AppEvent][] = [
  ['a status', { ...start, headers: [], stack: [], status: LONG }],
  ['a header', { ...start, headers: [['A', LONG]], stack: [] }],
  ['the exception of start_response', { ...start, headers: [], stack: [], excInfo: { type: 'E', message: LONG } }],
  ['a function of the stack', { ...start, headers: [], stack: [{ ...frame, function: LONG }] }],
  ['a file of the stack', { ...start, headers: [], stack: [{ ...frame, file: LONG }] }],
  ['a folded package', { ...start, headers: [], stack: [{ folded: 1, of: [LONG] }] }],
  ['the frame that answers', { ...start, headers: [], stack: [], answer: { ...frame, function: LONG } }],
  ['the type of an exception', { kind: 'raised', ...raised, type: LONG }],
  ['a message', { kind: 'raised', ...raised, message: LONG }],
  ['a traceback', { kind: 'caught', ...raised, traceback: LONG }],
  ['the stack of an exception', { kind: 'caught', ...raised, stack: [{ ...frame, function: LONG }] }],
  ['a key of the environ', { kind: 'environChanged', key: LONG, before: null, after: null, noticedAt: 'returned' }],
  ['a value of the environ', { kind: 'environChanged', key: 'k', before: LONG, after: null, noticedAt: 'returned' }],
  ['a line of the log', { kind: 'logged', source: 'stdout', text: LONG }],
  ['a chunk', { kind: 'chunk', data: new Uint8Array(LONG.length) }],
]

test.each(GROWN)('what an application can make grow has its weight, kept and told: %s', (_, event) => {
  expect(weighAppEvent(event)).toBeGreaterThanOrEqual(LONG.length)
  const told = traceOfAppEvent(event)
  // The bytes of a chunk beyond a limit are kept by the event that sends them.
  if (told !== null && event.kind !== 'chunk') expect(weigh(told)).toBeGreaterThanOrEqual(LONG.length)
})
