import { describe, expect, test } from 'vitest'
import { type ExchangeSummary, newSummary } from '../../shared/trace/summary.ts'
import { shell as en } from '../i18n/en/shell.ts'
import { exchangeLabel } from './exchangeLabel.ts'
import { commandOfKey, isTaken } from './keys.ts'

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
