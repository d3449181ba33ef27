import { expect, test } from 'vitest'
import { latin1Decode } from '../bytes/latin1.ts'
import { ClientError } from './clientError.ts'
import { parseCurl, serializeRequest } from './curlRequest.ts'
import { readCommandLine } from './words.ts'

const GATEWAY = { host: '127.0.0.1', port: 8888 }

const wordsOf = (line: string): string[] =>
  (readCommandLine(latin1Decode(Buffer.from(line))).commands.at(-1) ?? []).slice(1)
const parse = (line: string, piped: string | null = null) =>
  parseCurl(wordsOf(line), GATEWAY, 'client/1', 'boundary', piped)
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
  ['curl -y 5 /', 2, 'option -y: is not one this small curl knows'],
  ['curl --parallel /', 2, 'option --parallel: is not one'],
  ['curl -d @file /', 26, 'there are no files here'],
  ['curl -d @- /', 26, 'nothing is piped into this curl'],
  ['curl -F photo=@cat.jpg /', 26, "photo='…;filename=cat.jpg'"],
  ['curl -F photo /', 2, 'a field is name=value'],
  ['curl -F a=b -d c /', 2, 'two kinds of body'],
  ['curl -T file /', 2, 'option -T'],
  ['curl --max-redirs many /', 2, 'is not a number'],
  ['curl https://localhost:8888/', 1, 'protocol "https" is not spoken here'],
  ['curl example.org', 7, 'this terminal connects only to this gateway, 127.0.0.1:8888'],
  ['curl localhost:9999', 7, 'this terminal connects only to this gateway'],
  ['curl http://me@example.org/', 7, 'is somewhere else'],
  ["curl -A $'a\\r\\nB: c' /", 2, 'a header has one line'],
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

test.each([
  ['curl -d @- /', 'a\r\nb\n', 'ab'],
  ['curl --data-binary @- /', 'a\r\nb\n', 'a\r\nb\n'],
  ['curl --data-urlencode n@- /', 'a b\n', 'n=a+b%0A'],
  ['curl --json @- /', '{"a":\n1}', '{"a":\n1}'],
])('%s reads what is piped into it', (line, piped, body) => {
  expect(parse(line, piped).body).toBe(body)
})

test('what has no meaning here is ignored, and what is missing for it is said in a word', () => {
  const { notes, target } = parse(
    "curl -sSk --globoff --noproxy '*' --no-keepalive --ignore-content-length -o out.txt -w '%{http_code}' --http2 /x",
  )
  expect(target).toBe('/x')
  expect(notes).toEqual([
    '-o: not done, there are no files here; the answer is printed',
    '-w: not done, the picture has these numbers',
    '--http2: not done, HTTP/1.1 is spoken',
  ])
})

test.each([
  [302, 'POST', '/next', 'GET', null],
  [303, 'POST', '/next', 'GET', null],
  [307, 'POST', '/next', 'POST', 'a'],
  [308, 'POST', '/next', 'POST', 'a'],
  [301, 'PUT', '/next', 'PUT', 'a'],
])('a %i of a %s to %s is followed with %s', (status, method, location, next, body) => {
  const request = parse(`curl -L ${method === 'POST' ? '' : `-X ${method} `}-d a /here/now?q=1`)
  expect(request.redirectedTo(status, location)).toMatchObject({ method: next, body, target: '/next' })
})

test.each([
  ['http://localhost:8888/a', '/a'],
  ['b?c', '/here/b?c'],
  ['?c', '/here/now?c'],
  ['../c', '/c'],
  ['//127.0.0.1:8888/d', '/d'],
])('Location: %s leads to %s', (location, target) => {
  expect(parse('curl -L -G -d q=1 /here/now').redirectedTo(302, location).target).toBe(target)
})

test('a redirect to somewhere else is not followed', () => {
  expect(() => parse('curl -L /').redirectedTo(302, 'https://localhost:8888/')).toThrow('only http')
  expect(() => parse('curl -L /').redirectedTo(302, 'http://example.org/')).toThrow('is somewhere else')
})
