/**
 * What is asked and what is answered: a small one, bodies of 1 MiB in both directions, whole and in chunks of 64 KiB, and
 * a thousand chunks of 100 bytes.
 */
const BLOCK = 64 * 1024
const MEBIBYTE = 1024 * 1024

export const EXCHANGES = ['hello', '1 MiB down', '1 MiB up', 'chunks down', 'small chunks down', 'chunks up'] as const
export type ExchangeName = (typeof EXCHANGES)[number]

export interface Exchange {
  method: 'GET' | 'POST'
  path: string
  /** How a body of 1 MiB goes up; null for none. */
  upload: 'length' | 'chunked' | null
  /** The answer's body. */
  answer: string
}

/** The request of that name, and the answer that is right. */
export function exchange(name: ExchangeName): Exchange {
  switch (name) {
    case 'hello':
      return { method: 'GET', path: '/', upload: null, answer: 'Hello, world!\n' }
    case '1 MiB down':
      return { method: 'GET', path: '/mebibyte', upload: null, answer: 'm'.repeat(MEBIBYTE) }
    case 'chunks down':
      return { method: 'GET', path: '/stream', upload: null, answer: 's'.repeat(MEBIBYTE) }
    case 'small chunks down':
      return { method: 'GET', path: '/pieces', upload: null, answer: 'p'.repeat(100 * 1000) }
    case '1 MiB up':
      return { method: 'POST', path: '/count', upload: 'length', answer: `${MEBIBYTE}\n` }
    case 'chunks up':
      return { method: 'POST', path: '/count', upload: 'chunked', answer: `${MEBIBYTE}\n` }
  }
}

/** The request as it is sent; `close` asks for the connection's end. */
export function requestText({ method, path, upload }: Exchange, close: boolean): string {
  const head = `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n${close ? 'Connection: close\r\n' : ''}`
  switch (upload) {
    case null:
      return `${head}\r\n`
    case 'length':
      return `${head}Content-Length: ${MEBIBYTE}\r\n\r\n${'u'.repeat(MEBIBYTE)}`
    case 'chunked': {
      const chunk = `${BLOCK.toString(16)}\r\n${'u'.repeat(BLOCK)}\r\n`
      return `${head}Transfer-Encoding: chunked\r\n\r\n${chunk.repeat(MEBIBYTE / BLOCK)}0\r\n\r\n`
    }
  }
}
