/** What Tab adds: names of commands, their options, and addresses that make sense here. */
import { commandOf } from '../../shared/commandLine/continuation.ts'
import { COMMAND_NAMES, commandNamed } from './commands/registry.ts'
import type { Line } from './line.ts'

export interface Completion {
  readonly line: Line
  /** What the word could become, where there is more than one way. */
  readonly choices: readonly string[]
}

/** @param addresses `localhost:8888/hello`: the gateway's address, and targets that were asked for before. */
export function complete(line: Line, addresses: readonly string[]): Completion {
  const head = line.text.slice(0, line.cursor)
  const word = /\S*$/u.exec(head)?.[0] ?? ''
  const isFirst = head.trimStart() === word
  const quote = /^["']/.exec(word)?.[0] ?? ''
  const stem = word.slice(quote.length)
  const options = (): readonly string[] => commandNamed(commandOf(head))?.options ?? []
  const candidates = isFirst ? COMMAND_NAMES : stem.startsWith('-') ? options() : addresses
  const matching = [...new Set(candidates)].filter((candidate) => candidate.startsWith(stem))
  const common = commonStart(matching)
  const only = matching.length === 1
  // An address is seldom finished: only names of commands and options are followed by a blank.
  const finished = only && (isFirst || stem.startsWith('-')) ? ' ' : ''
  const added = common.slice(stem.length) + finished
  const text = head + added + line.text.slice(line.cursor)
  return {
    line: added === '' ? line : { text, cursor: line.cursor + added.length },
    choices: only || added !== '' ? [] : matching,
  }
}

function commonStart(words: readonly string[]): string {
  const [first = '', ...others] = words
  let length = first.length
  for (const other of others) while (!other.startsWith(first.slice(0, length))) length--
  return first.slice(0, length)
}
