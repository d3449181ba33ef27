/** RFC 9110 5.1: field names are case-insensitive tokens. Some of them are the protocol's own business. */

/** Fields that the protocol itself reads. All other names are only passed on. */
export type SpecialField = 'host' | 'expect' | 'connection' | 'content-type' | 'content-length' | 'transfer-encoding'

const SPECIAL: ReadonlyMap<string, SpecialField> = new Map(
  (['host', 'expect', 'connection', 'content-type', 'content-length', 'transfer-encoding'] as const).map((name) => [
    name,
    name,
  ]),
)

export interface FieldName {
  /** As the client spelled it. */
  readonly text: string
  readonly special: SpecialField | null
  readonly hasUnderscore: boolean
}

/**
 * Names repeat from request to request, so what is known of one is kept; a client that invents names fills it once. Safe to
 * share: it is a function of the name, never changes, and only so many are kept.
 */
const KNOWN = new Map<string, FieldName>()
const MOST_KNOWN = 1024
const LONGEST_KNOWN = 64

export function fieldName(text: string): FieldName {
  const known = KNOWN.get(text)
  if (known !== undefined) return known
  const special = SPECIAL.get(text.toLowerCase()) ?? null
  const name = { text, special, hasUnderscore: text.includes('_') }
  if (KNOWN.size < MOST_KNOWN && text.length <= LONGEST_KNOWN) KNOWN.set(text, name)
  return name
}
