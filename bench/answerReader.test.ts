import { expect, test } from 'vitest'
import { AnswerReader } from './answerReader.ts'

/** Where in the text the answer was complete, fed in pieces of `size` bytes; null for never. */
function completeAt(text: string, size: number): { at: number | null; reader: AnswerReader } {
  const reader = new AnswerReader()
  const bytes = Buffer.from(text, 'latin1')
  for (let at = 0; at < bytes.length; at += size) {
    if (reader.push(bytes.subarray(at, at + size))) return { at: Math.min(at + size, bytes.length), reader }
  }
  return { at: null, reader }
}

const HEAD = 'HTTP/1.1 200 OK\r\n'
const COMPLETE = {
  'a length': `${HEAD}content-length: 14\r\n\r\nHello, world!\n`,
  'no body': `${HEAD}Content-Length: 0\r\n\r\n`,
  chunks: `${HEAD}Transfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n10\r\n0123456789abcdef\r\n0\r\n\r\n`,
}

for (const [framing, text] of Object.entries(COMPLETE)) {
  test(`an answer with ${framing} ends where it ends, however it is cut`, () => {
    for (let size = 1; size <= text.length; size++) {
      const { at, reader } = completeAt(text, size)
      expect(at).toBe(text.length)
      expect(reader.status).toBe(200)
      expect(reader.endsWithStream).toBe(false)
    }
  })
}

test('an answer without a length ends with the stream', () => {
  const { at, reader } = completeAt('HTTP/1.0 200 OK\r\n\r\nHello', 7)
  expect(at).toBeNull()
  expect(reader.endsWithStream).toBe(true)
})

test('HTTP/1.0 and Connection: close say that the connection ends', () => {
  expect(completeAt('HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', 5).reader.saysClose).toBe(true)
  expect(completeAt(`${HEAD}connection: close\r\nContent-Length: 0\r\n\r\n`, 5).reader.saysClose).toBe(true)
  expect(completeAt(COMPLETE['a length'], 5).reader.saysClose).toBe(false)
})
