import { describe, expect, test } from 'vitest'
import { answering, called, chunk, closed, exhausted, returned, startResponse } from '../../shared/testing/apps.ts'
import type { TestApp } from '../../shared/testing/conversation.ts'
import { exchange, GET, recorded } from '../../shared/testing/recorded.ts'
import { fold } from '../../shared/trace/fold.ts'
import { RULES } from '../../shared/wsgi/referee.ts'
import { dictionaries } from '../testing/dictionaries.ts'
import type { CardId } from './cardId.ts'
import { startResponseCard } from './cards/startResponse.ts'
import { footNotes } from './content/findings.ts'

const TEXT: [string, string][] = [['Content-Type', 'text/plain']]
const en = dictionaries.en.stage
const notes = (id: CardId, app: TestApp, words = en) => {
  const events = recorded(exchange(app, GET))
  const state = fold(events, events.length)
  const isChecked = id === 'startResponse' && startResponseCard.isChecked?.(state) === true
  return footNotes(id, state, { cols: 40, words }, isChecked, false)
}

describe('the foot of a card', () => {
  const tooLong = answering('200 OK', [...TEXT, ['Content-Length', '1'], ['X_Name', 'a']], ['abc'])

  test('has the findings that concern it, each in its place', () => {
    expect(notes('response', tooLong).map(({ level }) => level)).toEqual(['error'])
    expect(notes('startResponse', tooLong).map(({ level }) => level)).toEqual(['note'])
    expect(notes('environ', tooLong)).toEqual([])
  })

  test('says them in the language of the page, with their section', () => {
    const chinese = dictionaries['zh-CN'].stage
    expect(notes('response', tooLong)[0]?.lines.join(' ')).toContain(RULES['length-exceeded'].message)
    expect(notes('response', tooLong, chinese)[0]?.lines.join('')).toContain('应用给出的字节多于')
    expect(notes('response', tooLong, chinese)[0]?.lines.join(' ')).toContain('PEP 3333, Handling')
  })

  test('says that all is well where start_response was checked, and nowhere else', () => {
    const fine = answering('200 OK', TEXT, ['abc'])
    expect(notes('startResponse', fine).map(({ level }) => level)).toEqual(['fine'])
    for (const id of ['socket', 'requestLine', 'environ', 'response', 'application'] as const)
      expect(notes(id, fine)).toEqual([])
  })

  test('says nothing where start_response was never called', () => {
    const silent: TestApp = () => [called, returned(0), exhausted, closed]
    expect(notes('startResponse', silent).map(({ level }) => level)).toEqual(['error'])
    expect(notes('startResponse', () => [called])).toEqual([])
  })

  test('keeps a finding to one mention, however often its rule is broken', () => {
    const app: TestApp = () => [called, startResponse('204 No'), returned(2), chunk('a'), chunk('b'), exhausted, closed]
    expect(notes('response', app)).toHaveLength(1)
  })
})

test('every rule has its sentence in every language', () => {
  for (const rule of Object.keys(RULES)) {
    expect(dictionaries.en.stage.findings.rules).toHaveProperty(rule, expect.stringMatching(/^[^.]/))
    expect(dictionaries['zh-CN'].stage.findings.rules).toHaveProperty(rule, expect.stringMatching(/\p{Script=Han}/u))
  }
})
