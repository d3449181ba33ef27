/** Packets of requests, for tests. */
import { latin1Decode } from '../bytes/latin1.ts'
import { writePacket } from '../uwsgi/packetWriter.ts'

/** GET / with these variables instead or besides, latin-1; a value of null leaves a variable out, a list repeats it. */
export function packet(
  variables: Readonly<Record<string, string | null | readonly string[]>> = {},
  modifiers: { modifier1?: number; modifier2?: number } = {},
): string {
  const all = { REQUEST_METHOD: 'GET', PATH_INFO: '/', ...variables }
  const pairs = Object.entries(all).flatMap(([name, value]) =>
    value === null ? [] : [value].flat().map((each) => [name, each] as const),
  )
  return latin1Decode(writePacket(pairs, modifiers))
}
