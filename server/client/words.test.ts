import { expect, test } from 'vitest'
import { ClientError, splitWords } from './words.ts'

test.each([
  ['curl -i localhost', ['curl', '-i', 'localhost']],
  ['  curl\t-i\n', ['curl', '-i']],
  [`a 'b c' "d e"f`, ['a', 'b c', 'd ef']],
  [`''`, ['']],
  [`'it'\\''s'`, ["it's"]],
  ['a\\ b', ['a b']],
  ['curl \\\n  -i', ['curl', '-i']],
  ['"a\\"b\\\\c\\n"', ['a"b\\c\\n']],
  [`$'GET / HTTP/1.1\\r\\nHost: x\\r\\n'`, ['GET / HTTP/1.1\r\nHost: x\r\n']],
  [`$'\\x00\\xff\\101\\e\\'\\q'`, ["\x00\xffA\x1b'\\q"]],
  [`$'\\u4f60'`, ['\xe4\xbd\xa0']],
  ['/你', ['/\xe4\xbd\xa0']],
  ['curl a?b=1', ['curl', 'a?b=1']],
  ['curl / # a note', ['curl', '/']],
  ['a#b', ['a#b']],
  ['$', ['$']],
  [`'$(x) | >'`, ['$(x) | >']],
])('%j is split as bash does', (line, words) => {
  expect(splitWords(line)).toEqual(words)
})

test.each([
  ['curl / | head', 'a pipe'],
  ['curl / > file', 'a redirection'],
  ['curl /; ls', 'a second command'],
  ['curl / && ls', 'a second command'],
  ['curl $(ls)', 'a command substitution'],
  ['curl "$(ls)"', 'a command substitution'],
  ['curl `ls`', 'a command substitution'],
  ['curl $HOME', 'a variable'],
  ['curl "$HOME"', 'a variable'],
  // An ampersand in an address is the mistake everybody makes once.
  ['curl /?a=1&b=2', 'a second command'],
])('%j is refused: this is not a shell', (line, what) => {
  expect(() => splitWords(line)).toThrow(ClientError)
  expect(() => splitWords(line)).toThrow(`this is not a shell`)
  expect(() => splitWords(line)).toThrow(what)
})

test.each([["'open"], ['"open'], ["$'open"], ['\\']])('%j does not end', (line) => {
  expect(() => splitWords(line)).toThrow(ClientError)
})
