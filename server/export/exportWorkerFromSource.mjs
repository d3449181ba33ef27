/** From source, what the thread runs is compiled as it is loaded. */
import { tsImport } from 'tsx/esm/api'

await tsImport('./exportWorker.ts', import.meta.url)
