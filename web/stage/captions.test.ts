import { describe, expect, test } from 'vitest'
import { dictionaryIn } from '../i18n/dictionary.ts'
import { captions as en, glossary as enGlossary } from '../i18n/en/captions.ts'
import { captions as zh, glossary as zhGlossary } from '../i18n/zh-CN/captions.ts'
import { captionParts, plainCaption } from './captionOf.ts'
import { tap } from './deployments/tap.ts'
import { type CaptionWords, TERMS } from './words.ts'

/** Every caption of a language, with values of an ordinary size. */
function all(words: CaptionWords): [string, string][] {
  const { listing, ...others } = words
  const ofListing = Object.entries(listing).map(([key, say]) => [`listing ${key}`, say] as const)
  return [...Object.entries(others), ...ofListing].map(([key, say]) => {
    if (typeof say === 'string') return [key, say]
    const byText: readonly string[] = ['called', 'raised', 'raisedLate']
    return [key, byText.includes(key) ? say('app()' as never, 0 as never) : say(149 as never, 1976 as never)]
  })
}

describe.each([
  ['English', en],
  ['Chinese', zh],
  ['English, of a tap', dictionaryIn(tap, 'en').captions],
  ['Chinese, of a tap', dictionaryIn(tap, 'zh-CN').captions],
])('captions in %s', (_language, words) => {
  test.each(all(words))('%s is one sentence whose marked terms have a gloss', (_key, caption) => {
    expect(plainCaption(caption)).toMatch(/[.。]$/)
    expect(plainCaption(caption)).not.toMatch(/[[\]|]/)
    for (const part of captionParts(caption)) if (part.term !== null) expect(TERMS).toContain(part.term)
    const marked = caption.match(/\[/g)?.length ?? 0
    expect(captionParts(caption).filter((part) => part.term !== null)).toHaveLength(marked)
  })
})

test.each([...all(en), ...all(dictionaryIn(tap, 'en').captions)])('%s has at most 15 words', (_key, caption) => {
  expect(plainCaption(caption).split(/\s+/).length).toBeLessThanOrEqual(15)
})

test('a gloss is one sentence', () => {
  for (const term of TERMS) {
    expect(enGlossary[term]).toMatch(/^[^.]+(\.\S[^.]*)*\.$/)
    expect(zhGlossary[term]).toMatch(/^[^。]+。$/)
  }
})
