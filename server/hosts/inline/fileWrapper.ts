import type { Readable, WsgiIterable } from '../../../shared/wsgi/application.ts'
import { BodyInput } from './bodyInput.ts'

/** wsgi.file_wrapper: a file in blocks (PEP 3333, "Optional Platform-Specific File Handling"). */
export function fileWrapper(file: Readable, blockSize = 8192): WsgiIterable {
  const blocks = (function* () {
    for (let block = file.read(blockSize); block.length > 0; block = file.read(blockSize)) yield block
  })()
  const closes = file.close !== undefined && !(file instanceof BodyInput)
  return { [Symbol.iterator]: () => blocks, ...(closes ? { close: () => file.close?.() } : {}) }
}
