/** On a projector two cards are open; the others are chips, and what they are can still be read. */
import { describe, expect, test } from 'vitest'
import { exchange, POST, reading, recorded } from '../../shared/testing/recorded.ts'
import type { BeatKind } from '../../shared/trace/beats.ts'
import { dictionaries } from '../testing/dictionaries.ts'
import type { CommonCardId } from './cardId.ts'
import { chipName } from './cards/chipName.ts'
import { direct } from './deployments/direct.ts'
import { tap } from './deployments/tap.ts'
import { phoneScroll } from './phoneScroll.ts'
import { isThere, layout, type Scene } from './scene.ts'

const events = recorded(exchange(reading, POST))
const PROJECTOR = { width: 1024, height: 560 }
const PHONE = { width: 390, height: 500 }

const at = (playhead: number, view = PROJECTOR, deployment = direct, words = dictionaries.en.stage): Scene =>
  layout({
    events,
    playhead,
    view,
    words,
    deployment,
    sourceOf: () => undefined,
    appFile: null,
    scrolled: {},
    pinned: null,
    folded: new Set(),
    enlarged: null,
  })

/** The picture at the end of a beat. */
function endOf(kind: BeatKind, view = PROJECTOR, deployment = direct): Scene {
  const beat = at(events.length).beats.find((candidate) => candidate.kind === kind)
  if (beat === undefined) throw new Error(`no beat ${kind}`)
  return at(beat.to, view, deployment)
}

const STAGES: readonly CommonCardId[] = ['socket', 'requestLine', 'environ', 'startResponse', 'response']
const ALL: readonly CommonCardId[] = ['client', 'application', ...STAGES]
const big = ({ cards, metrics }: Scene): CommonCardId[] =>
  ALL.filter((id) => isThere(cards[id], metrics) && !cards[id].chip)

describe.each(Object.entries(dictionaries))('in %s', (_language, { stage: words }) => {
  test('every chip says what it is beside its number, or below it', () => {
    for (const { kind, to } of at(events.length).beats) {
      const scene = at(to, PROJECTOR, direct, words)
      for (const id of STAGES.filter(
        (inside) => scene.cards[inside].chip && isThere(scene.cards[inside], scene.metrics),
      )) {
        const short = words.shortTitles[id]
        const names = [words.titles[id], ...(short === undefined ? [] : [short])]
        expect(chipName(scene.cards[id], scene.metrics, names), `${id} in ${kind}`).not.toBeNull()
      }
    }
  })

  test('a short name is part of the title that assistive technology reads', () => {
    for (const id of STAGES) {
      const short = words.shortTitles[id]?.replace('\u200b', '')
      if (short !== undefined) expect(words.titles[id].toLowerCase()).toContain(short.toLowerCase())
    }
  })
})

test('the environ has more room than the parts of the request line', () => {
  const { cards } = endOf('environ')
  expect(cards.environ.rect.w).toBeGreaterThan(cards.requestLine.rect.w * 1.3)
  expect(cards.environ.rect.h).toBeGreaterThan(cards.requestLine.rect.h * 2)
  expect(endOf('called').cards.environ.cols).toBeGreaterThanOrEqual("REQUEST_METHOD 'POST'".length)
})

test('of a server that is seen from outside, no beat opens the application', () => {
  expect(big(endOf('answers'))).toEqual(['application', 'environ', 'startResponse'])
  expect(big(endOf('answers', PROJECTOR, tap))).toEqual(['environ', 'startResponse', 'response'])
  expect(big(endOf('chunks'))).toEqual(['application', 'response'])
  expect(big(endOf('chunks', PROJECTOR, tap))).toEqual(['client', 'response'])
})

test('a phone is scrolled to the card that the beat is about; nothing else is scrolled', () => {
  expect(phoneScroll(at(0, PHONE))).toBeNull()
  expect(phoneScroll(endOf('answers'))).toBeNull()
  const seen = (kind: BeatKind): CommonCardId | undefined => {
    const scene = endOf(kind, PHONE)
    const top = phoneScroll(scene) ?? 0
    return ALL.find((id) => scene.cards[id].rect.y >= top && scene.cards[id].rect.y < top + 20)
  }
  expect(seen('parsed')).toBe('requestLine')
  expect(seen('environ')).toBe('environ')
  expect(seen('answers')).toBe('startResponse')
  expect(seen('ends')).toBe('response')
})
