/** Relays in front of the fastest server there is: this project's tap, and the least that a relay can do. */
import * as z from 'zod'
import { type Contestant, type Started, watch } from './contestants.ts'
import { firstLine, script, startProgram } from './processes.ts'

export const TAP_NAMES = { relay: 'bare relay', tap: 'wsgiscope tap', watched: 'wsgiscope tap, watched' } as const

const Listening = z.object({ port: z.int() })
const Ready = z.object({ http: z.string(), ui: z.string().nullable() })

/** The server behind them, one for all; resolves to its port. */
let behind: Promise<number> | null = null
const startBehind = (): Promise<number> => {
  behind ??= listening('bareNet.ts', []).then(({ port }) => port)
  return behind
}

/** A relay or a server of this folder, once it listens. */
export async function listening(name: string, words: readonly string[]): Promise<Started> {
  const program = startProgram(process.execPath, [...script(name), ...words])
  const { port } = Listening.parse(JSON.parse(await firstLine(program)))
  return { port, pid: program.child.pid ?? 0 }
}

const tap = (command: string, watched: boolean) => async (): Promise<Started> => {
  const own = ['--json', '--no-open', '--ui-port', '0', ...(watched ? [] : ['--no-ui'])]
  const words = [command, 'tap', '--listen', '0', '--to', `127.0.0.1:${await startBehind()}`, ...own]
  const program = startProgram(process.execPath, words)
  const { http, ui } = Ready.parse(JSON.parse(await firstLine(program)))
  if (watched) await watch(ui)
  return { port: Number(new URL(http).port), pid: program.child.pid ?? 0 }
}

export const taps = (command: string): Contestant[] => [
  { name: TAP_NAMES.relay, start: async () => listening('relay.ts', [`${await startBehind()}`]) },
  { name: TAP_NAMES.tap, start: tap(command, false) },
  { name: TAP_NAMES.watched, start: tap(command, true) },
]
