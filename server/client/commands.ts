/** What the terminal's client knows, as data: the parser, the errors and every description read this table. */

export interface Flag {
  /** `-i`; null where there is only a long form. */
  short: string | null
  long: string
  /** What its value is called; null for a flag that takes none. */
  value: string | null
  meaning: string
}

export interface Command {
  name: string
  usage: string
  meaning: string
  flags: readonly Flag[]
}

export const CURL: Command = {
  name: 'curl',
  usage: 'curl [options] URL',
  meaning: 'send one request to this gateway and print the answer',
  flags: [
    { short: '-i', long: '--include', value: null, meaning: 'print the head of the answer too' },
    { short: '-I', long: '--head', value: null, meaning: 'ask for the head only' },
    { short: '-v', long: '--verbose', value: null, meaning: 'print what is sent and received' },
    { short: '-X', long: '--request', value: 'METHOD', meaning: 'use another method' },
    {
      short: '-H',
      long: '--header',
      value: 'LINE',
      meaning: 'add, replace or (with nothing behind the colon) remove a header',
    },
    { short: '-d', long: '--data', value: 'DATA', meaning: 'send a body, as a form does' },
    { short: null, long: '--data-binary', value: 'DATA', meaning: 'send a body exactly as given' },
    { short: '-0', long: '--http1.0', value: null, meaning: 'speak HTTP/1.0' },
    { short: '-s', long: '--silent', value: null, meaning: 'nothing here: there is no progress meter to silence' },
    { short: '-N', long: '--no-buffer', value: null, meaning: 'nothing here: what arrives is printed at once' },
    { short: null, long: '--path-as-is', value: null, meaning: 'keep /../ and /./ in the path' },
  ],
}

export const COMMANDS: readonly Command[] = [CURL]
