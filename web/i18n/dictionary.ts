/** All words of the page. English defines what there is to say; the compiler checks that no language leaves any out. */

import type { Deployment } from '../stage/deployments/deployment.ts'
import { type DeploymentWords, stageWordsIn } from '../stage/deployments/deploymentWords.ts'
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

function laidOver({ shell, captions, glossary, stage }: Dictionary, words: DeploymentWords): Dictionary {
  const { beats } = shell.timeline
  return {
    shell: { ...shell, timeline: { ...shell.timeline, beats: { ...beats, ...words.beats } } },
    captions: { ...captions, ...words.captions },
    glossary,
    stage: stageWordsIn(stage, words.stage),
  }
}

/** Of each deployment's dictionaries, made once: components compare words by identity. */
const inDeployments = new Map<Deployment, Record<Language, Dictionary>>()

/** What is said where a server stands between client and application like this. */
export function dictionaryIn(deployment: Deployment, language: Language): Dictionary {
  const known = inDeployments.get(deployment) ?? {
    en: laidOver(dictionaries.en, deployment.words.en),
    'zh-CN': laidOver(dictionaries['zh-CN'], deployment.words['zh-CN']),
  }
  inDeployments.set(deployment, known)
  return known[language]
}
