/** Starts servers, and finds out what of theirs can be measured: what does not answer rightly is named and left out. */
import type { Contestant, Started } from './contestants.ts'
import type { ExchangeName } from './exchanges.ts'
import type { Runner } from './rounds.ts'
import { behaviourOf, tryExchange } from './serverBehaviour.ts'
import type { Setting } from './settings.ts'

type Tell = (note: string) => void

export interface Entry extends Contestant {
  /** In which it is to be measured. */
  settings: readonly Setting[]
}

/** One after the other; one that cannot be started here is noted. */
export async function startRunners(entries: readonly Entry[], note: Tell): Promise<Runner[]> {
  const runners: Runner[] = []
  for (const { name, start, settings } of entries) {
    if (settings.length === 0) continue
    try {
      const started = await start()
      runners.push({ name, ...started, ...(await abilities(name, started, settings, note)) })
    } catch (error) {
      note(`left out: ${name}: ${error instanceof Error ? reason(error) : String(error)}`)
    }
  }
  return runners
}

/** Which of the settings it is fit for, and where the end of a connection is an answer's end. */
async function abilities(name: string, { port }: Started, settings: readonly Setting[], note: Tell) {
  const fit = new Set<ExchangeName>()
  const unframed = new Set<ExchangeName>()
  for (const exchange of new Set(settings.map((setting) => setting.exchange))) {
    const { problem, endsWithStream } = await tryExchange(port, exchange)
    if (problem === null) fit.add(exchange)
    else note(`left out: ${name}, ${exchange}: ${problem}`)
    if (endsWithStream) unframed.add(exchange)
  }
  const { keeps, closesWhenAsked, silent, oneAtATime } = await behaviourOf(port)
  if (!closesWhenAsked) note(`left out: ${name}, close: it keeps connections that a client asks it to close`)
  if (!keeps) note(`${name} closes every connection${silent ? ', without saying so' : ''}`)
  if (oneAtATime) note(`${name} answers one kept connection at a time; all others wait until it ends`)
  return {
    settings: settings.filter((each) => fit.has(each.exchange) && (closesWhenAsked || !each.close)),
    mayCut: (exchange: ExchangeName) => silent || unframed.has(exchange),
  }
}

/** The line that says it, of all that a program wrote: the first that names an error, else the last. */
function reason(error: Error): string {
  const lines = error.message.split('\n').filter((line) => line.trim() !== '')
  return lines.find((line) => /^\w*Error\b|^wsgiscope: /.test(line)) ?? lines.at(-1) ?? error.name
}
