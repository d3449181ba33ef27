import { expect, test } from 'vitest'
import { latin1Decode, latin1Encode } from '../bytes/latin1.ts'
import { type ResponsePiece, ResponseReader } from './responseReader.ts'

/** The pieces as text, those of a body joined: how they are cut follows the segments. */
function read(segments: string[], method = 'GET', closed = false): string[] {
  const reader = new ResponseReader(() => method)
  const pieces: ResponsePiece[] = segments.flatMap((segment) => reader.push(latin1Encode(segment)))
  if (closed) pieces.push(...reader.end())
  const lines: string[] = []
  for (const piece of pieces) {
    if (piece.kind === 'framing') continue
    if (piece.kind === 'head') lines.push(`${piece.interim ? 'interim' : 'head'} ${piece.head.status}`)
    else if (piece.kind === 'trailer') lines.push(`trailer ${piece.line}`)
    else if (piece.kind === 'end') lines.push(piece.keepAlive ? 'end' : 'end, closes')
    else if (lines.at(-1)?.startsWith('body ')) lines.push(lines.pop() + latin1Decode(piece.data))
    else lines.push(`body ${latin1Decode(piece.data)}`)
  }
  return lines
}

test.each([
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello', 'GET', ['head 200', 'body hello', 'end']],
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', 'HEAD', ['head 200', 'end']],
  ['HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', 'GET', ['head 304', 'end']],
  ['HTTP/1.0 204 No Content\r\n\r\n', 'GET', ['head 204', 'end, closes']],
  [
    'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\n',
    'GET',
    ['head 200', 'body abc0123456789', 'trailer T: v', 'end'],
  ],
  [
    'HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 1\r\n\r\nx',
    'GET',
    ['interim 100', 'head 200', 'body x', 'end, closes'],
  ],
  [
    'HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\naHTTP/1.1 404 Not Found\r\nContent-Length: 1\r\n\r\nb',
    'GET',
    ['head 200', 'body a', 'end', 'head 404', 'body b', 'end'],
  ],
])('%j is read the same however it is cut', (text, method, pieces) => {
  expect(read([text], method)).toEqual(pieces)
  expect(read([...text], method)).toEqual(pieces)
})

test('without length or chunks, the close is the end', () => {
  expect(read(['HTTP/1.1 200 OK\r\n\r\nab', 'c'], 'GET', true)).toEqual(['head 200', 'body abc', 'end, closes'])
})

test.each([
  ['', 'nothing', 'Empty reply from server'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe', 'partial', 'with 3 bytes remaining to read'],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n', 'partial', 'outstanding read data'],
  ['HTTP/1.1 200', 'partial', 'transfer closed'],
  ['SSH-2.0-OpenSSH', 'weird', 'this is not a response'],
  ['HTTP/1.1 OK\r\n\r\n', 'weird', 'not a status line'],
  ['HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n', 'weird', 'not a Content-Length'],
  ['HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n', 'framing', 'not the size of a chunk'],
])('%j fails as %s', (text, fault, message) => {
  expect(() => read([text], 'GET', true)).toThrow(
    expect.objectContaining({ fault, message: expect.stringContaining(message) }),
  )
})
