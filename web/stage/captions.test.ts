import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { called, closed, raised } from '../../shared/testing/apps.ts'
import { exchange, GET, recorded } from '../../shared/testing/recorded.ts'
import { captions as en, glossary as enGlossary } from '../i18n/en/captions.ts'
import { captions as zh, glossary as zhGlossary } from '../i18n/zh-CN/captions.ts'
import { dictionaryIn } from '../testing/dictionaries.ts'
import { captionOf, captionParts, plainCaption } from './captionOf.ts'
import { tap } from './deployments/tap.ts'
import { uwsgi } from './deployments/uwsgi.ts'
import { uwsgiTap } from './deployments/uwsgiTap.ts'
import { TERMS } from './glossary.ts'
import type { CaptionWords, Missing } from './words.ts'

const MISSING: readonly Missing[] = ['host', 'end', 'time', 'method', 'other']

/** Every caption of a language, with values of an ordinary size. */
function all(words: CaptionWords): [string, string][] {
  const { listing, ...others } = words
  const ofListing = Object.entries(listing).map(([key, say]) => [`listing ${key}`, say] as const)
  const lacks = MISSING.map((missing): [string, string] => [`refusedFor ${missing}`, others.refusedFor(400, missing)])
  const rest = Object.entries(others).filter(([key]) => key !== 'refusedFor')
  const said = [...rest, ...ofListing].map(([key, say]): [string, string] => {
    if (typeof say === 'string') return [key, say]
    const byText: readonly string[] = ['called', 'calledOnly', 'raised', 'raisedLate', 'answers', 'answersAgain']
    if (byText.includes(key)) return [key, say('app()' as never, 0 as never)]
    if (key === 'environ') return [key, say(23 as never, { name: 'User-Agent', key: 'HTTP_USER_AGENT' } as never)]
    if (key.endsWith('chunk') || key.endsWith('chunks')) return [key, say(149 as never, 'length' as never)]
    return [key, say(149 as never, 1976 as never)]
  })
  return [...said, ...lacks]
}

describe.each([
  ['English', en],
  ['Chinese', zh],
  ['English, of a tap', dictionaryIn(tap, 'en').captions],
  ['Chinese, of a tap', dictionaryIn(tap, 'zh-CN').captions],
  ['English, by uwsgi', dictionaryIn(uwsgi, 'en').captions],
  ['Chinese, by uwsgi', dictionaryIn(uwsgi, 'zh-CN').captions],
  ['English, of a tap for uwsgi', dictionaryIn(uwsgiTap, 'en').captions],
  ['Chinese, of a tap for uwsgi', dictionaryIn(uwsgiTap, 'zh-CN').captions],
])('captions in %s', (_language, words) => {
  test.each(all(words))('%s ends as a sentence does, and its marked terms have a gloss', (_key, caption) => {
    expect(plainCaption(caption)).toMatch(/[.。]$/)
    expect(plainCaption(caption)).not.toMatch(/[[\]|]/)
    for (const part of captionParts(caption)) if (part.term !== null) expect(TERMS).toContain(part.term)
    const marked = caption.match(/\[/g)?.length ?? 0
    expect(captionParts(caption).filter((part) => part.term !== null)).toHaveLength(marked)
  })
})

test.each([...all(en), ...all(dictionaryIn(tap, 'en').captions)])(
  '%s is two lines at most: no more than 32 words',
  (_key, caption) => {
    expect(plainCaption(caption).split(/\s+/).length).toBeLessThanOrEqual(32)
  },
)

test('a gloss is a sentence or two, three at most', () => {
  const sentences = (text: string): number => text.match(/\.(?=\s|$)|。/g)?.length ?? 0
  for (const glossary of [enGlossary, zhGlossary]) {
    for (const term of TERMS) expect([1, 2, 3], term).toContain(sentences(glossary[term]))
    for (const status of Object.values(glossary.statuses)) expect(sentences(status)).toBe(1)
  }
  expect(Object.keys(zhGlossary.statuses)).toEqual(Object.keys(enGlossary.statuses))
})

describe('a name from a trace stands in a caption as it is, whatever characters are in it', () => {
  const names = fc.oneof(fc.string(), fc.stringMatching(/^[[\]|\\a]{1,6}$/), fc.constant('Thing[int].__call__'))
  const events = recorded(exchange(() => [called, raised, closed], GET))
  const captionAfter = (kind: string, name: string): string => {
    const told = events.map((event) => {
      if (event.kind === 'app.called') return { ...event, callable: name }
      return event.kind === 'app.raised' ? { ...event, type: name } : event
    })
    return captionOf(told, told.findIndex((event) => event.kind === kind) + 1, en)
  }

  test('of what was called, which is one term', () => {
    fc.assert(
      fc.property(names, (name) => {
        const caption = captionAfter('app.called', name)
        const said = `${name}()`
        expect(plainCaption(caption)).toBe(plainCaption(en.called('NAME')).replace('NAME', () => said))
        expect(captionParts(caption)[1]).toEqual({ text: said, term: 'callable' })
      }),
    )
  })

  test('of what was raised', () => {
    fc.assert(
      fc.property(names, (name) => {
        expect(plainCaption(captionAfter('app.raised', name))).toBe(
          plainCaption(en.raised('NAME')).replace('NAME', () => name),
        )
      }),
    )
  })
})
