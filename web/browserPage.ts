/** The page of this window: its stores, with a browser around them. */
import { dictionaryOf } from './i18n/dictionary.ts'
import { keepIn } from './keep.ts'
import { browserFrame } from './sources/frameQueue.ts'
import { browserLive } from './sources/live.ts'
import { readingMs } from './stage/captionOf.ts'
import { formatMoment, parseMoment } from './store/moment.ts'
import { createPage, type Page } from './store/page.ts'

export function browserPage(): Page {
  const lessMotion = window.matchMedia('(prefers-reduced-motion: reduce)')
  return createPage({
    live: browserLive,
    nextFrame: browserFrame,
    readingMs: (events, beat, language) => readingMs(events, beat, dictionaryOf(language).captions),
    stillness: () => lessMotion.matches,
    shellWords: (language) => dictionaryOf(language).shell.terminal,
    keep: keepIn(() => window.localStorage),
    keepForNow: keepIn(() => window.sessionStorage),
    languages: navigator.languages,
    moment: parseMoment(window.location.hash),
    onMoment: (moment) => window.history.replaceState(null, '', formatMoment(moment)),
  })
}
