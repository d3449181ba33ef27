import { expect, test } from 'vitest'
import { parseCurl, serializeRequest } from './curl.ts'
import { ClientError, splitWords } from './words.ts'

const GATEWAY = { host: '127.0.0.1', port: 8888 }

const parse = (line: string) => parseCurl(splitWords(line).slice(1), GATEWAY, 'client/1')
const onTheWire = (line: string): string => {
  const { head, body } = serializeRequest(parse(line))
  return head + body
}

test.each([
  ['curl localhost:8888', 'GET / HTTP/1.1\r\nHost: localhost:8888\r\nUser-Agent: client/1\r\nAccept: */*\r\n\r\n'],
  [
    'curl -d x /form',
    'POST /form HTTP/1.1\r\nHost: localhost:8888\r\nUser-Agent: client/1\r\nAccept: */*\r\nContent-Length: 1\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nx',
  ],
  [
    "curl -H 'Host: foo' -H 'X-A: 1' -H 'X-E;' -H Accept: -d x localhost:8888",
    'POST / HTTP/1.1\r\nHost: foo\r\nUser-Agent: client/1\r\nX-A: 1\r\nX-E:\r\nContent-Length: 1\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nx',
  ],
  [
    "curl -H 'Transfer-Encoding: chunked' -d abc localhost:8888",
    'POST / HTTP/1.1\r\nHost: localhost:8888\r\nUser-Agent: client/1\r\nAccept: */*\r\nTransfer-Encoding: chunked\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n3\r\nabc\r\n0\r\n\r\n',
  ],
  [
    "curl -Xpost -d a -d b -H 'content-type: t/x' localhost:8888",
    'post / HTTP/1.1\r\nHost: localhost:8888\r\nUser-Agent: client/1\r\nAccept: */*\r\ncontent-type: t/x\r\nContent-Length: 3\r\n\r\na&b',
  ],
  ['curl -0 -H User-Agent: -H Accept: /', 'GET / HTTP/1.0\r\nHost: localhost:8888\r\n\r\n'],
])('%s sends what curl sends', (line, bytes) => {
  expect(onTheWire(line)).toBe(bytes)
})

test.each([
  ['curl http://127.0.0.1:8888/a?b=1#c', '/a?b=1'],
  ['curl localhost:8888?b=1', '/?b=1'],
  ['curl /a/../b/./c/..?q', '/b/?q'],
  ['curl --path-as-is /a/../b', '/a/../b'],
  ['curl /你好', '/\xe4\xbd\xa0\xe5\xa5\xbd'],
])('%s asks for %s', (line, target) => {
  expect(parse(line).target).toBe(target)
})

test('short flags stand together', () => {
  expect(parse('curl -ivXPUT /')).toMatchObject({ include: true, verbose: true, method: 'PUT' })
  expect(parse('curl -I /')).toMatchObject({ include: true, method: 'HEAD' })
})

test.each([
  ['curl', 2, 'no URL'],
  ['curl / /', 2, 'one URL at a time'],
  ['curl -X', 2, 'requires parameter METHOD'],
  ['curl -k /', 2, 'option -k: is not one this small curl knows'],
  ['curl --insecure /', 2, 'option --insecure: is not one'],
  ['curl -d @file /', 26, 'there are no files here'],
  ['curl https://localhost:8888/', 1, 'protocol "https" is not spoken here'],
  ['curl example.org', 7, 'this terminal connects only to this gateway, 127.0.0.1:8888'],
  ['curl localhost:9999', 7, 'this terminal connects only to this gateway'],
  ['curl http://me@localhost:8888/', 3, 'URL rejected'],
  ["curl '/a b'", 3, 'URL rejected'],
  ["curl -H $'A: b\\r\\nC: d' /", 2, 'a header has one line'],
])('%s fails as curl does', (line, code, message) => {
  expect(() => parse(line)).toThrow(message)
  try {
    parse(line)
  } catch (error) {
    expect(error instanceof ClientError && error.code).toBe(code)
  }
})
