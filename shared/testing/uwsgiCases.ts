/** Packets that must be refused, as bytes: each named by what it guards against. Made from the packet format alone. */
import { readFileSync } from 'node:fs'
import * as z from 'zod'

const UwsgiCase = z.strictObject({
  name: z.string(),
  guards: z.string(),
  /** latin-1 */
  send: z.string(),
  /** Whether the client ends its side behind it. */
  eof: z.boolean(),
  code: z.string(),
  status: z.int(),
  /** The bytes at fault, latin-1; null where it is their absence. */
  blames: z.string().nullable(),
})

export const uwsgiCases = z
  .array(UwsgiCase)
  .parse(JSON.parse(readFileSync(new URL('./uwsgiCases.json', import.meta.url), 'utf8')))
