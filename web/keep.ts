/**
 * What the browser keeps for this page. Storage may be refused (private windows, policies) or full; then nothing is
 * kept, and nothing else is lost.
 */
export interface Keep {
  read(key: string): string | null
  /** Returns whether it is kept. */
  write(key: string, value: string): boolean
}

/** @param storage reading the property itself throws where storage is refused. */
export function keepIn(storage: () => Storage): Keep {
  return {
    read(key) {
      try {
        return storage().getItem(`wsgiscope.${key}`)
      } catch {
        return null
      }
    },
    write(key, value) {
      try {
        storage().setItem(`wsgiscope.${key}`, value)
        return true
      } catch {
        return false
      }
    },
  }
}
