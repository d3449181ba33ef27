/** All words of the page. English defines what there is to say; the compiler checks that no language leaves any out. */

import { stageOutside, type TappedWords } from '../stage/tappedWords.ts'
import { captions as captionsEn, glossary as glossaryEn } from './en/captions.ts'
import { shell as shellEn } from './en/shell.ts'
import { stage as stageEn } from './en/stage.ts'
import { tapped as tappedEn } from './en/tapped.ts'
import type { Language } from './languages.ts'
import { captions as captionsZh, glossary as glossaryZh } from './zh-CN/captions.ts'
import { shell as shellZh } from './zh-CN/shell.ts'
import { stage as stageZh } from './zh-CN/stage.ts'
import { tapped as tappedZh } from './zh-CN/tapped.ts'

const en = { shell: shellEn, captions: captionsEn, glossary: glossaryEn, stage: stageEn }

export type Dictionary = typeof en

export const dictionaries: Record<Language, Dictionary> = {
  en,
  'zh-CN': { shell: shellZh, captions: captionsZh, glossary: glossaryZh, stage: stageZh },
}

const outside = ({ shell, captions, glossary, stage }: Dictionary, words: TappedWords): Dictionary => ({
  shell: { ...shell, timeline: { ...shell.timeline, beats: { ...shell.timeline.beats, ...words.beats } } },
  captions: { ...captions, ...words.captions },
  glossary,
  stage: stageOutside(stage, words.stage),
})

/** The same, for a tap: what is seen from outside of a server. */
export const tappedDictionaries: Record<Language, Dictionary> = {
  en: outside(dictionaries.en, tappedEn),
  'zh-CN': outside(dictionaries['zh-CN'], tappedZh),
}
