/** What a run of the client prints. */
import { latin1Encode } from '../bytes/latin1.ts'

/** `note` is about the request (-v), `out` is its answer, `error` why there is none. */
export type PrintOutput = (stream: 'out' | 'note' | 'error', bytes: Uint8Array) => void

/** What one run prints at most; what comes after is read and dropped. */
export const OUTPUT_LIMIT = 1024 * 1024

/** Prints no more than the limit, and says so. */
export function bounded(print: PrintOutput): PrintOutput {
  let left = OUTPUT_LIMIT
  return (stream, bytes) => {
    if (stream === 'error') return print(stream, bytes)
    if (left <= 0) return
    const shown = bytes.subarray(0, left)
    left -= bytes.length
    print(stream, shown)
    if (left <= 0) print('note', latin1Encode(`\n* more than ${OUTPUT_LIMIT} bytes: the rest is read and not shown\n`))
  }
}
