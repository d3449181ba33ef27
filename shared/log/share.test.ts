import { expect, test } from 'vitest'
import type { TraceBody } from '../trace/events.ts'
import { Share } from './share.ts'

const serialized: TraceBody = { kind: 'response.serialized', segments: [{ start: 0, end: 1, from: 'chunk:0' }] }
const sentOf = (bytes: Uint8Array): TraceBody => ({ kind: 'socket.sent', start: 0, length: bytes.length, bytes })
const sent = sentOf(new Uint8Array(1))
const yielded: TraceBody = { kind: 'app.yielded', length: 1, bytes: new Uint8Array(1) }
const answered: TraceBody = { kind: 'response.answered', by: 'application', status: 200, complete: true }

const kinds = (bodies: readonly TraceBody[]) => bodies.map(({ kind }) => kind)

test.each([200, 300, 400, 500, 600])(
  'what is serialized is never kept without what was sent: a share of %i',
  (weight) => {
    const share = new Share({ bytes: 1000, weight })
    const kept = kinds(
      Array.from({ length: 5 }, () => [yielded, serialized, sent])
        .flat()
        .flatMap((body) => share.admit(body)),
    )
    const at = (kind: string) => kept.flatMap((found, index) => (found === kind ? [index] : []))
    expect(at('socket.sent')).toEqual(at('response.serialized').map((index) => index + 1))
    expect(at('socket.sent').length).toBeLessThan(5)
  },
)

test('what is left out is said when it begins and, with its number, before what is kept again', () => {
  const share = new Share({ bytes: 1000, weight: 100 })
  const kept = [yielded, yielded, yielded, answered].flatMap((body) => share.admit(body))
  expect(kept).toEqual([
    yielded,
    { kind: 'trace.omitted', events: null },
    { kind: 'trace.omitted', events: 2 },
    answered,
  ])
})

test('of each kind of bytes the beginning is kept, and the event always', () => {
  const share = new Share({ bytes: 1000, weight: 1_000_000 })
  const kept = [sentOf(new Uint8Array(600)), sentOf(new Uint8Array(600)), yielded].flatMap((body) => share.admit(body))
  expect(kept.map((body) => ('bytes' in body ? (body.bytes?.length ?? null) : 0))).toEqual([600, null, 1])
})

test('of a view into something large only its own bytes are kept', () => {
  const [kept] = new Share({ bytes: 1000, weight: 1000 }).admit(sentOf(new Uint8Array(1_000_000).subarray(0, 10)))
  expect(kept !== undefined && 'bytes' in kept && kept.bytes?.buffer.byteLength).toBe(10)
})
