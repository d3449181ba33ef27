/** Which content coding a client prefers: Accept-Encoding (RFC 9110 section 12.5.3). */

/** What a file may be there in, the smallest first. */
export const CODINGS = ['br', 'gzip'] as const
export type Coding = (typeof CODINGS)[number]

const ENTRY = /^([!#$%&'*+.^_`|~0-9A-Za-z-]+)(?:[ \t]*;[ \t]*q=(0(?:\.\d{0,3})?|1(?:\.0{0,3})?))?$/i

/**
 * The coding to answer in, of those that are `available`; null where not even the bytes as they are are acceptable. Among
 * codings that a client likes alike, the first available one is taken. What is no member of the list is passed over.
 */
export function preferredCoding(header: string | undefined, available: readonly Coding[]): Coding | 'identity' | null {
  const weights = new Map<string, number>()
  for (const part of (header ?? '').split(',')) {
    const [, name, weight = '1'] = ENTRY.exec(part.trim()) ?? []
    if (name !== undefined) weights.set(name.toLowerCase().replace(/^x-gzip$/, 'gzip'), Number(weight))
  }
  const others = weights.get('*')
  // Without a weight of its own, identity is acceptable, unless "*;q=0" rules it out; a coding that is named goes before it.
  const identity = weights.get('identity') ?? (others === 0 ? 0 : Number.MIN_VALUE)
  let best: { coding: Coding | 'identity'; weight: number } = { coding: 'identity', weight: identity }
  for (const coding of available.toReversed()) {
    const weight = weights.get(coding) ?? others ?? 0
    if (weight > 0 && weight >= best.weight) best = { coding, weight }
  }
  return best.weight === 0 ? null : best.coding
}
