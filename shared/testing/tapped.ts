/** What a tap makes of a conversation between a client and a server, and whether it does so however the bytes are cut. */
import { expect } from 'vitest'
import { latin1Decode, latin1Encode } from '../bytes/latin1.ts'
import type { TraceDraft } from '../gateway/types.ts'
import { Tap } from '../tap/tap.ts'
import type { Side, TapInput, TapOptions } from '../tap/types.ts'
import type { ResponseSegment, TraceBody, TraceEvent } from '../trace/events.ts'
import { checkOrder } from './checkOrder.ts'
import { testOptions } from './conversation.ts'

/** `> text` of the client, `< text` of the server; `>|` and `<|` end a side, `>!` and `<!` are gone. */
export type Line = `${'>' | '<'}${'|' | '!' | ` ${string}`}`

type Cut = (text: string) => string[]

const { peer, local } = testOptions
const OPTIONS: TapOptions = { peer, local, trace: true }

function inputsOf(line: Line, cut: Cut): TapInput[] {
  const from: Side = line[0] === '>' ? 'client' : 'server'
  if (line[1] === '|') return [{ kind: 'end', from, now: 0 }]
  if (line[1] === '!') return [{ kind: 'gone', by: from, why: 'reset', now: 0 }]
  return cut(line.slice(2)).map((text) => ({ kind: 'bytes', from, data: latin1Encode(text), now: 0 }))
}

export class Tapped {
  readonly tap: Tap
  readonly drafts: TraceDraft[] = []

  constructor(lines: readonly Line[], cut: Cut = (text) => [text], options: Partial<TapOptions> = {}) {
    this.tap = new Tap({ ...OPTIONS, ...options })
    const inputs: TapInput[] = [{ kind: 'opened', now: 0 }, ...lines.flatMap((line) => inputsOf(line, cut))]
    for (const input of inputs) for (const { draft } of this.tap.receive(input)) this.drafts.push(draft)
  }

  get bodies(): TraceBody[] {
    return this.drafts.map(({ body }) => body)
  }

  /** As a log would have numbered them. */
  get events(): TraceEvent[] {
    return this.drafts.map(({ at, exchange, body }, seq) => ({
      ...body,
      seq,
      at,
      conn: 1,
      exchange: exchange === null ? null : exchange + 1,
    }))
  }

  /** All that went in one direction, latin-1, as the trace has it. */
  stream(kind: 'socket.received' | 'socket.sent'): string {
    return this.bodies
      .map((body) => (body.kind === kind && body.bytes !== null ? latin1Decode(body.bytes) : ''))
      .join('')
  }

  /** Outbound bytes by who made them, whatever segments they came in. */
  get origins(): [from: string, text: string][] {
    const sent = this.stream('socket.sent')
    const joined: ResponseSegment[] = []
    for (const body of this.bodies) {
      if (body.kind !== 'response.serialized') continue
      for (const segment of body.segments) {
        const last = joined.at(-1)
        if (last?.from === segment.from) last.end = segment.end
        else joined.push({ ...segment })
      }
    }
    return joined.map(({ from, start, end }) => [from, sent.slice(start, end)])
  }

  /** Everything but the bytes as they came. */
  get story(): { exchange: number | null; body: TraceBody }[] {
    return this.drafts
      .filter(({ body }) => !['socket.received', 'socket.sent', 'response.serialized'].includes(body.kind))
      .map(({ exchange, body }) => ({ exchange, body }))
  }
}

/** Plays the lines whole, byte by byte and cut in two at every place; checks that all agree, and answers the first. */
export function tapped(lines: readonly Line[], options: Partial<TapOptions> = {}): Tapped {
  const whole = new Tapped(lines, undefined, options)
  checkOrder(whole.events)
  const agrees = (cut: Cut) => {
    const other = new Tapped(lines, cut, options)
    checkOrder(other.events)
    expect(other.story).toEqual(whole.story)
    expect(other.origins).toEqual(whole.origins)
    expect(other.stream('socket.received')).toBe(whole.stream('socket.received'))
    expect(other.stream('socket.sent')).toBe(whole.stream('socket.sent'))
    expect(other.tap.account).toEqual(whole.tap.account)
  }
  agrees((text) => [...text])
  const longest = Math.max(...lines.map((line) => line.length - 2))
  for (let at = 1; at < longest; at++) agrees((text) => [text.slice(0, at), text.slice(at)])
  const unwatched = new Tapped(lines, undefined, { ...options, trace: false })
  expect(unwatched.drafts).toEqual([])
  expect(unwatched.tap.account).toEqual(whole.tap.account)
  return whole
}
