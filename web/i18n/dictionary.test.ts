import { expect, test, vi } from 'vitest'
import { tap } from '../stage/deployments/tap.ts'
import { dictionaries } from '../testing/dictionaries.ts'
import { preferredLanguage } from './languages.ts'

/** Every text of a dictionary by its path; functions are asked with plain values. */
function texts(value: unknown, path = ''): [string, string][] {
  if (typeof value === 'string') return [[path, value]]
  if (typeof value === 'function') return texts(value(7, 7, 'Ada', '7'), path)
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => texts(inner, path === '' ? key : `${path}.${key}`))
}

const english = new Map(texts(dictionaries.en))
const chinese = new Map(texts(dictionaries['zh-CN']))

/** Said alike in both languages: names, terms of the field, keys, and what is typed. */
const ALIKE = [
  /^shell\.languageName$/,
  /^shell\.topBar\.label$/,
  /^shell\.timeline\.(times|beats\.(environ|answers))$/,
  /^shell\.help\.keys\.\d+\.keys\.\d+$/,
  /^shell\.terminal\.help\.\d+\.usage$/,
]

test('both languages say the same things', () => {
  expect([...chinese.keys()]).toEqual([...english.keys()])
})

test('nothing is left empty', () => {
  for (const [path, text] of [...english, ...chinese]) expect(text.trim(), path).not.toBe('')
})

test('what the shell of the page says in Chinese is Chinese', () => {
  for (const [path, text] of chinese) {
    if (!path.startsWith('shell.') || ALIKE.some((alike) => alike.test(path))) continue
    expect(text, path).toMatch(/\p{Script=Han}/u)
    expect(text, path).not.toBe(english.get(path))
  }
})

test('what it says in English has no Chinese in it', () => {
  for (const [path, text] of english) expect(text, path).not.toMatch(/\p{Script=Han}/u)
})

test('a count of one is singular', () => {
  const { log } = dictionaries.en.shell
  expect(log.older(1)).toBe('1 older line not shown')
  expect(log.older(1200)).toBe('1,200 older lines not shown')
})

test.each([
  [['zh-TW', 'en'], 'zh-CN'],
  [['fr', 'zh-Hans-CN', 'en'], 'zh-CN'],
  [['en-GB', 'zh'], 'en'],
  [['fr'], 'en'],
  [[], 'en'],
] as const)('a browser that asks for %j is spoken to in %s', (wanted, language) => {
  expect(preferredLanguage(wanted)).toBe(language)
})

test('English is there at once, another language once it has been learnt, and then for every deployment', async () => {
  vi.resetModules()
  const { dictionaryIn, dictionaryOf, learn } = await import('./dictionary.ts')
  expect(dictionaryOf('zh-CN').shell.languageName).toBe('English')
  expect(dictionaryIn(tap, 'zh-CN').shell.languageName).toBe('English')
  await learn('zh-CN')
  expect(dictionaryIn(tap, 'zh-CN').shell.languageName).toBe('\u4e2d\u6587')
  expect(dictionaryIn(tap, 'zh-CN').stage.titles.frame).not.toBe(dictionaryOf('zh-CN').stage.titles.frame)
})
