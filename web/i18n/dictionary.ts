/**
 * All words of the page. English defines what there is to say; the compiler checks that no language leaves any out. English comes
 * with the page, any other language when it is first wanted.
 */
import type { DeploymentKind } from '../../shared/trace/deployment.ts'
import type { Deployment } from '../stage/deployments/deployment.ts'
import { type DeploymentWords, stageWordsIn } from '../stage/deployments/deploymentWords.ts'
import { english } from './en/index.ts'
import type { Language } from './languages.ts'

export type Dictionary = Omit<typeof english, 'deployments'>

/** What a language says, and what it says otherwise where a server stands like this between client and application. */
export interface Spoken extends Dictionary {
  readonly deployments: Readonly<Record<DeploymentKind, DeploymentWords>>
}

const spoken: Partial<Record<Language, Spoken>> = { en: english }

const LOADERS: Record<Language, () => Promise<Spoken>> = {
  en: async () => english,
  'zh-CN': async () => (await import('./zh-CN/index.ts')).chinese,
}

/** Has the words of a language here; until then, what is asked for in it is said in English. */
export async function learn(language: Language): Promise<void> {
  if (spoken[language] !== undefined) return
  spoken[language] = await LOADERS[language]()
  inDeployments.clear()
}

export const dictionaryOf = (language: Language): Dictionary => spoken[language] ?? english

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
const inDeployments = new Map<string, Dictionary>()

/** What is said where a server stands between client and application like this. */
export function dictionaryIn({ kind }: Deployment, language: Language): Dictionary {
  const key = `${kind} ${language}`
  const own = spoken[language] ?? english
  const known = inDeployments.get(key) ?? laidOver(own, own.deployments[kind])
  inDeployments.set(key, known)
  return known
}
