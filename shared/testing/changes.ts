/** Text that is cut, and text with places replaced: what random numbers do to it is the same wherever they come from. */

/** In pieces of these sizes, over and over. */
export const cutBy =
  (sizes: readonly number[]) =>
  (text: string): string[] => {
    const pieces: string[] = []
    for (let at = 0, i = 0; at < text.length; i++) {
      const size = sizes[i % sizes.length] ?? 1
      pieces.push(text.slice(at, at + size))
      at += size
    }
    return pieces
  }

/** A place (counted round its end), how much goes there, and what comes instead. */
export type Change = readonly [at: number, removed: number, inserted: string]

export const withChanges = (text: string, changes: readonly Change[]): string =>
  changes.reduce((before, [at, removed, inserted]) => {
    const place = at % (before.length + 1)
    return before.slice(0, place) + inserted + before.slice(place + removed)
  }, text)
