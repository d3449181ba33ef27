/** Packets that are not served: each is refused visibly, by the rule it breaks and with the bytes at fault. */
import { describe, expect, test } from 'vitest'
import { REFUSALS, type RefusalCode } from '../refusals/refusals.ts'
import { UWSGI_REFUSALS } from '../refusals/uwsgi.ts'
import { echo } from '../testing/apps.ts'
import { Conversation } from '../testing/conversation.ts'
import { type ClientStep, replaySplit } from '../testing/replaySplit.ts'
import { readResponses } from '../testing/responses.ts'
import { uwsgiCases } from '../testing/uwsgiCases.ts'
import { packet } from '../testing/uwsgiPackets.ts'
import { DEFAULT_LIMITS } from './types.ts'

const UWSGI = { speaks: 'uwsgi' } as const
const EOF: ClientStep = { eof: true }

const refusals = (conversation: Conversation) =>
  conversation.drafts.map(({ body }) => body).filter((body) => body.kind === 'gateway.refused')

describe('a packet that is refused', () => {
  test.each(uwsgiCases)('$name guards against $guards', ({ send, eof, code, status, blames }) => {
    const conversation = replaySplit(echo, eof ? [send, EOF] : [send], UWSGI)
    const [refused, ...more] = refusals(conversation)
    expect(more).toEqual([])
    expect(refused).toMatchObject({ code, status })
    expect(refused?.message).not.toContain('%s')
    const span = refused?.span ?? null
    expect(span === null ? null : send.slice(span.start, span.end)).toBe(blames)
    expect(conversation.calls).toEqual([])
    expect(conversation.closed).toBe(true)

    // An ordinary response of HTTP, which a server in front passes on.
    const [response, ...others] = readResponses(conversation.answer, ['GET'])
    expect(others).toEqual([])
    expect(response?.status).toBe(status)
    expect(response?.body).toContain(refused?.message)
    expect(response?.body).toContain(REFUSALS[code as RefusalCode].advice)
  })

  test('there are at least forty, each with a name of its own', () => {
    expect(uwsgiCases.length).toBeGreaterThanOrEqual(40)
    expect(new Set(uwsgiCases.map(({ name }) => name)).size).toBe(uwsgiCases.length)
  })

  test('HTTP that came to the wrong port is told what it says there', () => {
    const [refused] = refusals(replaySplit(echo, ['GET / HTTP/1.1\r\nHost: x\r\n\r\n'], UWSGI))
    expect(refused?.message).toContain('modifier1 71, datasize 21573 and modifier2 32')
  })

  test('a modifier1 is named where it has a name', () => {
    const messageOf = (modifier1: number) => refusals(replaySplit(echo, [packet({}, { modifier1 })], UWSGI))[0]?.message
    expect(messageOf(17)).toContain('17 (a task for the spooler)')
    expect(messageOf(250)).toContain('is 250,')
  })

  test('more variables than the limit for a head are too many bytes, before they have come', () => {
    const limits = { ...DEFAULT_LIMITS, headerBytes: 100 }
    const [refused] = refusals(new Conversation(echo, { ...UWSGI, limits }).send('\0\x65\0\0'))
    expect(refused).toMatchObject({ code: 'packet-too-large', status: 431, span: { start: 1, end: 3 } })
    expect(refusals(new Conversation(echo, { ...UWSGI, limits }).send('\0\x64\0\0'))).toEqual([])
  })

  test.each([
    ['packet-timeout', '\0\x1a', 'header', DEFAULT_LIMITS.headerMs],
    ['packet-timeout', packet({}).slice(0, -1), 'header', DEFAULT_LIMITS.headerMs],
    ['body-timeout', packet({ CONTENT_LENGTH: '3' }), 'body', DEFAULT_LIMITS.bodyGraceMs],
  ] as const)('%s blames no bytes, since they are missing', (code, send, of, ms) => {
    const conversation = new Conversation(echo, UWSGI).send(send).deadline(of, ms)
    expect(refusals(conversation)).toMatchObject([{ code, status: 408, span: null }])
  })

  test('every code of the table is reached here', () => {
    const elsewhere = ['packet-too-large', 'packet-timeout']
    const here = uwsgiCases.map(({ code }) => code).filter((code) => Object.hasOwn(UWSGI_REFUSALS, code))
    expect(new Set([...here, ...elsewhere])).toEqual(new Set(Object.keys(UWSGI_REFUSALS)))
  })

  test('every sentence is ASCII', () => {
    for (const { message, advice } of Object.values(UWSGI_REFUSALS)) expect(`${message}${advice}`).toMatch(/^[ -~]+$/)
  })
})
