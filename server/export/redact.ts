/**
 * An exchange without its secrets: what stands by a secret name is masked, and each such value wherever else it turns up, in
 * the body of an application that prints its environ, in a traceback, in a local variable. Masks are as long as what they hide.
 *
 * Bytes are looked at as they mean something: a direction of the connection as one stream, a body without its framing, what the
 * application gave as one text, since a secret may be cut anywhere. A body that has to be decoded to be read (gzip, UTF-16)
 * cannot be masked in part: with a secret in it, its bytes are masked altogether, and only its decoded text in part.
 */
import { latin1Decode, latin1Encode } from '../../shared/bytes/latin1.ts'
import {
  type Found,
  findInForm,
  findInTarget,
  findInValue,
  findLiterals,
  findSecrets,
} from '../../shared/secrets/find.ts'
import { SecretValues, starred } from '../../shared/secrets/mask.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { requestOf, responseOf } from '../../shared/trace/message.ts'
import { eventsOfKind } from '../../shared/trace/query.ts'
import { requestExtent } from '../../shared/trace/requestExtent.ts'
import { requestFields } from '../../shared/trace/requestFields.ts'
import { streamOf } from '../../shared/trace/streams.ts'
import { type Content, contentOf } from './content.ts'
import { mapTexts, type TextMap } from './eventTexts.ts'
import { chunksSent, givenStream, type Run, runsOf, star } from './runs.ts'

export interface Bodies {
  request: Content
  response: Content
  /** What the application gave, also where it was not sent: in answer to HEAD. */
  given: Content
}

export interface Redacted {
  events: readonly TraceEvent[]
  bodies: Bodies
  /** What was masked goes by these names. */
  masked: Masked
}

export interface Masked {
  request: readonly string[]
  response: readonly string[]
}

export const maskedNames = ({ request, response }: Masked): string[] => [...new Set([...request, ...response])]

export async function bodiesOf(events: readonly TraceEvent[]): Promise<Bodies> {
  const { headers, body: asked } = requestOf(events)
  const { head, body } = responseOf(events)
  const answered = head?.headers ?? []
  const response = await contentOf(body, answered)
  const given = Buffer.concat(givenStream(events).pieces.map(({ bytes }) => bytes))
  return {
    request: await contentOf(asked ?? new Uint8Array(0), headers),
    response,
    given: !response.opaque || given.length === body.length ? response : await contentOf(given, answered),
  }
}

/** `events` are not changed. */
export const redact = (events: readonly TraceEvent[], bodies: Bodies): Redacted =>
  new Redaction(events.map(withOwnBytes), bodies).result()

const withOwnBytes = (event: TraceEvent): TraceEvent =>
  'bytes' in event && event.bytes !== null ? { ...event, bytes: Uint8Array.from(event.bytes) } : event

/** Whose names are those that an event carries. */
const SIDE: Readonly<Partial<Record<TraceEvent['kind'], keyof Masked>>> = {
  'request.line': 'request',
  'request.header': 'request',
  'uwsgi.packet': 'request',
  'app.startResponse': 'response',
}

/** A run of bytes, and what is secret in it. */
interface Part {
  run: Run
  found: readonly Found[]
  /** What its bytes mean, where that cannot be seen in them. */
  content: Content | null
}

/** All values are learned before any is masked: one that has a name at the end may stand without one at the beginning. */
class Redaction {
  readonly #events: readonly TraceEvent[]
  readonly #bodies: Bodies
  readonly #values = new SecretValues()
  readonly #masked = { request: new Set<string>(), response: new Set<string>() }
  /** The same body stands in the stream, in chunks and in what the application gave: it is searched once. */
  readonly #searched = new Map<string, readonly Found[]>()

  constructor(events: readonly TraceEvent[], bodies: Bodies) {
    this.#events = events
    this.#bodies = bodies
  }

  result(): Redacted {
    const { request, response } = this.#bodies
    const parts = this.#parts()
    for (const event of this.#events) this.#learnFrom(event)
    this.#learn(saidIn(request), this.#inBody(saidIn(request), request), 'request')
    this.#learn(saidIn(response), this.#inBody(saidIn(response), response), 'response')
    for (const { run, found } of parts) this.#learn(run.text, found)

    for (const part of parts) this.#mask(part)
    const events = this.#events.map((event) => this.#hidden(event))
    const bodies = { ...this.#bodies, request: this.#maskedContent(request), response: this.#maskedContent(response) }
    const masked = { request: [...this.#masked.request], response: [...this.#masked.response] }
    return { events, bodies, masked }
  }

  #learnFrom(event: TraceEvent): void {
    mapTexts(event, (text, about) => {
      this.#learn(text, this.#in(text, about), SIDE[event.kind])
      return text
    })
  }

  #learn(text: string, found: readonly Found[], side?: keyof Masked): void {
    for (const { name, start, end } of found) {
      this.#values.add(text.slice(start, end))
      if (side !== undefined) this.#masked[side].add(name)
    }
  }

  #in(text: string, { name, is }: Parameters<TextMap>[1]): readonly Found[] {
    if (is === 'target') return findInTarget(text)
    if (is === 'source') return findLiterals(text)
    return name === undefined ? this.#anywhere(text) : findInValue(name, text)
  }

  #inBody(text: string, { isForm }: Content): readonly Found[] {
    return isForm ? [...findInForm(text), ...this.#anywhere(text)] : this.#anywhere(text)
  }

  #anywhere(text: string): readonly Found[] {
    const found = this.#searched.get(text) ?? findSecrets(text)
    this.#searched.set(text, found)
    return found
  }

  #parts(): Part[] {
    const { request, response, given } = this.#bodies
    const received = streamOf(this.#events, 'socket.received')
    const fields = spansInFields(this.#events)
    return [
      ...runsOf(received, null).map((run) => this.#streamPart(run, fields)),
      ...runsOf(streamOf(this.#events, 'socket.sent'), null).map((run) => this.#streamPart(run, [])),
      ...runsOf(received, requestExtent(this.#events).body).map((run) => this.#bodyPart(run, request)),
      ...chunksSent(this.#events).map((run) => this.#bodyPart(run, response)),
      ...runsOf(givenStream(this.#events), null).map((run) => this.#bodyPart(run, given)),
    ]
  }

  #streamPart(run: Run, fields: readonly Found[]): Part {
    const own = fields
      .map(({ name, start, end }) => ({ name, start: Math.max(0, start - run.start), end: end - run.start }))
      .filter(({ start, end }) => start < end && start < run.text.length)
    return { run, found: [...this.#anywhere(run.text), ...own], content: null }
  }

  #bodyPart(run: Run, content: Content): Part {
    return content.opaque ? { run, found: [], content } : { run, found: this.#inBody(run.text, content), content: null }
  }

  #mask({ run, found, content }: Part): void {
    if (content !== null) {
      const said = saidIn(content)
      if (content.unread !== null || this.#inBody(said, content).length > 0 || this.#values.spansIn(said).length > 0) {
        for (const piece of run.pieces) piece.fill(ASTERISK)
        this.#masked[content === this.#bodies.request ? 'request' : 'response'].add('the whole body')
      }
      return
    }
    const framing = [...run.text.matchAll(FRAMING)].map((line) => ({
      start: line.index,
      end: line.index + line[0].length,
    }))
    const repeated = this.#values
      .spansIn(run.text)
      .filter((span) => !framing.some(({ start, end }) => start <= span.start && span.end <= end))
    star(run, [...found, ...repeated])
  }

  #hidden(event: TraceEvent): TraceEvent {
    return mapTexts(event, (text, about) => {
      const found = this.#in(text, about)
      const repeated = this.#values.spansIn(text)
      const isNew = SIDE[event.kind] === 'request' && found.length === 0 && repeated.length > 0
      if (isNew) this.#masked.request.add(about.name ?? 'what the target repeats')
      return starred(text, [...found, ...repeated])
    })
  }

  #maskedContent(content: Content): Content {
    if (content.unread === 'all') {
      return {
        ...content,
        bytes: new Uint8Array(content.bytes.length).fill(ASTERISK),
        text: '*'.repeat(content.bytes.length),
      }
    }
    const said = saidIn(content)
    const found = this.#inBody(said, content)
    const repeated = this.#values.spansIn(said)
    const isNew = content === this.#bodies.request && found.length === 0 && repeated.length > 0
    if (isNew) this.#masked.request.add('what the body repeats')
    const shown = starred(said, [...found, ...repeated])
    return content.text === null ? { ...content, bytes: latin1Encode(shown) } : { ...content, text: shown }
  }
}

const ASTERISK = 0x2a

/** What decides where a message ends stays readable, though a number may be somebody's PIN as well. */
const FRAMING = /^(?:HTTP\/\d\.\d \d{3}|content-length:[ \t]*\d+|transfer-encoding:[ \t]*chunked)[ \t]*(?=\r?$| )/gim

const saidIn = ({ text, bytes }: Content): string => text ?? latin1Decode(bytes)

/** By the offsets of the parsed fields. */
const spansInFields = (events: readonly TraceEvent[]): Found[] =>
  [
    ...requestFields(events),
    ...eventsOfKind(events, 'request.header').filter(({ dropped }) => dropped === 'trailer'),
    ...eventsOfKind(events, 'uwsgi.packet').flatMap(({ vars }) =>
      vars.map(({ key, ...own }) => ({ name: key, ...own })),
    ),
  ].flatMap(({ name: field, value, spans }) =>
    findInValue(field, value).map(({ name, start, end }) => ({
      name,
      start: spans.value.start + start,
      end: spans.value.start + end,
    })),
  )
