import { expect, test } from 'vitest'
import type { EventOf } from './events.ts'
import { SourceTexts } from './sourceTexts.ts'

const source = (seq: number, file: string, text: string, version?: number): EventOf<'app.source'> => ({
  ...{ seq, at: seq, conn: null, exchange: null, kind: 'app.source' },
  ...{ language: 'python', file, text, ...(version === undefined ? {} : { version }) },
})

test('a text holds for its version and for those after it, until the next', () => {
  const texts = new SourceTexts()
  texts.add(source(0, 'a.py', 'one'))
  texts.add(source(1, 'b.py', 'never changed'))
  texts.add(source(2, 'a.py', 'three', 3))
  expect([1, 2, 3, 4, null].map((version) => texts.find('a.py', version)?.text)).toEqual([
    'one',
    'one',
    'three',
    'three',
    'three',
  ])
  expect(texts.find('b.py', 4)?.text).toBe('never changed')
  expect(texts.firstFile).toBe('a.py')
})

test('an old version may be the last to tell of its text', () => {
  const texts = new SourceTexts()
  texts.add(source(0, 'late.py', 'two', 2))
  texts.add(source(1, 'late.py', 'one'))
  expect(texts.find('late.py', 1)?.text).toBe('one')
  expect(texts.find('late.py', 2)?.text).toBe('two')
  expect(texts.find('late.py', null)?.text).toBe('two')
})

test('of what has been replaced the oldest goes first, the newest of each file never', () => {
  const texts = new SourceTexts(10)
  const gone = [1, 2, 3, 4].flatMap((version) => texts.add(source(version, 'a.py', 'six ch', version)))
  expect(gone.map(({ seq }) => seq)).toEqual([1, 2])
  expect(texts.all.map(({ seq }) => seq)).toEqual([3, 4])
  expect(texts.find('a.py', 1)).toBeUndefined()
})
