import { describe, expect, test } from 'vitest'
import { hello } from '../../shared/testing/apps.ts'
import { Conversation } from '../../shared/testing/conversation.ts'
import { recorded } from '../../shared/testing/recorded.ts'
import { answerSentAt } from '../../shared/trace/answerSent.ts'
import { beatsOf } from '../../shared/trace/beats.ts'
import { type ExchangeSummary, newSummary } from '../../shared/trace/summary.ts'
import { shell as en } from '../i18n/en/shell.ts'
import { beatBeforeAnswer, exchangeLabel, outcomeBefore } from './exchangeLabel.ts'
import { commandOfKey, isTaken } from './keys.ts'
import { chipWidth } from './stripLayout.ts'

const exchange = (values: Partial<ExchangeSummary>): ExchangeSummary => ({
  ...newSummary(1, 1, 0, 0),
  method: 'GET',
  target: '/',
  status: 200,
  state: 'done',
  by: 'application',
  endedAt: 1,
  ...values,
})

test.each<[Partial<ExchangeSummary>, string]>([
  [{}, 'GET / 200'],
  [{ status: 404 }, 'GET / 404 by app'],
  [{ target: '/\xe4\xbd\xa0' }, 'GET /你 200'],
  [{ target: '/\xff' }, 'GET /\xff 200'],
  [{ status: 502, by: 'nginx' }, 'GET / 502 by nginx'],
  [{ status: 500, by: 'gateway', state: 'failed' }, 'GET / 500 by the server'],
  [{ status: 400, by: 'gateway', state: 'refused', method: null, target: null }, '400 by the server'],
  [{ status: 400, by: null, state: 'refused' }, 'GET / 400 by the server'],
  [{ status: null, state: 'running', by: null }, 'GET / running'],
  [{ status: 200, state: 'answering', by: null }, 'GET / answering'],
  [{ status: null, state: 'waiting', by: null }, 'GET / waiting for a worker'],
  [{ state: 'incomplete' }, 'GET / 200, incomplete'],
  [{ status: null, state: 'failed', by: null }, 'GET / failed'],
])('%o is called %s', (values, name) => {
  const { request, outcome } = exchangeLabel(exchange(values), en.exchanges)
  expect(`${request} ${outcome}`.trim()).toBe(name)
})

describe('of the exchange that is shown', () => {
  const told = (text: string, values: Partial<ExchangeSummary>) => {
    const events = recorded(new Conversation(hello).send(text))
    const beats = beatsOf(events)
    const summary = exchange(values)
    const label = exchangeLabel(summary, en.exchanges)
    return {
      events,
      beats,
      label,
      at: (playhead: number) => {
        const beat = beatBeforeAnswer(events, beats, playhead)
        return beat === null ? null : outcomeBefore(beat, summary, label, en.exchanges)
      },
    }
  }

  test('no status is said before the picture has sent the answer, and no chip becomes wider', () => {
    for (const [text, values] of [
      ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', { status: 200 }],
      ['GET / HTTP/1.1\r\n\r\n', { status: 400, state: 'refused', by: 'gateway' }],
      ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', { status: 404, state: 'incomplete' }],
    ] as const) {
      const { events, label, at } = told(text, values)
      for (let playhead = 0; playhead < answerSentAt(events); playhead += 0.5) {
        const before = at(playhead)
        expect(`${before?.name} ${before?.outcome}`).not.toMatch(/\d/)
        expect(chipWidth(before?.outcome ?? label.outcome, 0, 13, 16)).toBeLessThanOrEqual(
          chipWidth(label.outcome, 0, 13, 16),
        )
      }
      expect(at(answerSentAt(events))).toBeNull()
      expect(at(events.length)).toBeNull()
    }
  })

  test('it is said where the picture is', () => {
    const { beats, at } = told('GET / HTTP/1.1\r\nHost: x\r\n\r\n', {})
    const names = beats.map(({ kind, to }) => [kind, at(to)?.name ?? null])
    expect(names).toEqual([
      ...['arrives', 'read', 'parsed', 'environ'].map((kind) => [kind, 'reading']),
      ...['called', 'answers'].map((kind) => [kind, 'running']),
      ...['chunks', 'ends'].map((kind) => [kind, null]),
    ])
  })
})

describe('keys', () => {
  const press = (key: string, modifiers = {}) =>
    commandOfKey({ key, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, ...modifiers })

  test.each([
    ['ArrowRight', 'stepForward', 'stepEventForward'],
    ['PageDown', 'stepForward', 'stepEventForward'],
    [' ', 'stepForward', 'stepEventForward'],
    ['ArrowLeft', 'stepBack', 'stepEventBack'],
    ['PageUp', 'stepBack', 'stepEventBack'],
  ])('%s is a beat, with Shift an event', (key, beat, event) => {
    expect(press(key)).toBe(beat)
    expect(press(key, { shiftKey: true })).toBe(event)
  })

  test("with Control, Alt or Meta every key is the browser's", () => {
    for (const modifier of ['ctrlKey', 'altKey', 'metaKey']) expect(press('ArrowLeft', { [modifier]: true })).toBeNull()
  })

  /** An element inside one that the selector list names. */
  const inside = (selector: string) => ({ closest: (list: string) => (list.includes(selector) ? {} : null) })

  test('in the terminal and in fields no key is ours', () => {
    for (const place of ['.xterm', 'textarea', 'dialog']) expect(isTaken(inside(place), '?', true)).toBe(true)
  })

  test('a list keeps its arrows and nothing else, a button its space bar', () => {
    const list = inside('[role="listbox"]')
    for (const key of ['ArrowLeft', 'Home', 'End']) expect(isTaken(list, key, false)).toBe(true)
    for (const key of ['?', ' ', 'PageUp', 'PageDown', 'p']) expect(isTaken(list, key, false)).toBe(false)
    expect(isTaken(inside('[role="tablist"]'), 'Home', false)).toBe(false)
    expect(isTaken(inside('button'), ' ', false)).toBe(true)
    expect(isTaken(inside('button'), 'ArrowLeft', false)).toBe(false)
    expect(isTaken(null, ' ', false)).toBe(false)
  })

  test('a button that was clicked leaves the space bar to the page', () => {
    expect(isTaken(inside('button'), ' ', true)).toBe(false)
    expect(isTaken(inside('textarea'), ' ', true)).toBe(true)
  })
})
