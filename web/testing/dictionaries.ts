/** Every language at once, for tests. */
import { type Dictionary, dictionaryOf, learn } from '../i18n/dictionary.ts'
import type { Language } from '../i18n/languages.ts'

await learn('zh-CN')

export const dictionaries: Readonly<Record<Language, Dictionary>> = {
  en: dictionaryOf('en'),
  'zh-CN': dictionaryOf('zh-CN'),
}

export { dictionaryIn } from '../i18n/dictionary.ts'
