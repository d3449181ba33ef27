import type { ReadOnlyFolders } from './readOnlyFolders.mjs'

interface Given {
  folders: ReadOnlyFolders
  files: { wasm: Uint8Array; stdlib: Uint8Array }
  channel: number
  sentCounter: number
  exit: (code: number) => unknown
}

export function hostFunctions(given: Given): Record<string, (...given: unknown[]) => unknown>
