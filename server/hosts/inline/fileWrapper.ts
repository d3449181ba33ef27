import type { Readable, WsgiIterable } from '../../../shared/wsgi/application.ts'

/** wsgi.file_wrapper: a file in blocks (PEP 3333, "Optional Platform-Specific File Handling"). */
export function fileWrapper(file: Readable, blockSize = 8192): WsgiIterable {
  const blocks = (function* () {
    for (let block = file.read(blockSize); block.length > 0; block = file.read(blockSize)) yield block
  })()
  return { [Symbol.iterator]: () => blocks, ...(file.close === undefined ? {} : { close: () => file.close?.() }) }
}
