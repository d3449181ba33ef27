/** All words of the page. English defines what there is to say; the compiler checks that no language leaves any out. */
import { captions as captionsEn, glossary as glossaryEn } from './en/captions.ts'
import { shell as shellEn } from './en/shell.ts'
import { stage as stageEn } from './en/stage.ts'
import type { Language } from './languages.ts'
import { captions as captionsZh, glossary as glossaryZh } from './zh-CN/captions.ts'
import { shell as shellZh } from './zh-CN/shell.ts'
import { stage as stageZh } from './zh-CN/stage.ts'

const en = { shell: shellEn, captions: captionsEn, glossary: glossaryEn, stage: stageEn }

export type Dictionary = typeof en

export const dictionaries: Record<Language, Dictionary> = {
  en,
  'zh-CN': { shell: shellZh, captions: captionsZh, glossary: glossaryZh, stage: stageZh },
}
