import { expect, test } from 'vitest'
import { latin1Decode } from '../bytes/latin1.ts'
import { CommandLineError, readCommandLine } from './words.ts'

/** As a client reads it: a character for each byte of its UTF-8. */
const read = (line: string) => readCommandLine(latin1Decode(Buffer.from(line)))
const wordsOf = (line: string): string[] => read(line).commands[0] ?? []

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
  expect(wordsOf(line)).toEqual(words)
})

test.each([
  ['curl / || ls', 'a second command'],
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
  expect(() => read(line)).toThrow(CommandLineError)
  expect(() => read(line)).toThrow(`this is not a shell`)
  expect(() => read(line)).toThrow(what)
})

test.each([
  ["curl 'open", 'single'],
  ['curl "open', 'double'],
  ["curl $'open", 'ansi'],
  ["curl $'it\\'s", 'ansi'],
  ["curl $'it\\'s'", null],
  ['curl \\', 'backslash'],
  ['curl \\\\', null],
  ["curl / # it's a note", null],
  ['curl "it\'s"', null],
])('%j: what is open at its end is %s', (line, open) => {
  expect(read(line).open).toBe(open)
})

test('a comment ends with its line', () => {
  expect(read("# it's\ncurl / # and this\n  -i").commands).toEqual([['curl', '/', '-i']])
  expect(read('# nothing else').commands).toEqual([])
})

test('a pipe is between two commands', () => {
  expect(read("printf 'a|b' | curl -d @- /").commands).toEqual([
    ['printf', 'a|b'],
    ['curl', '-d', '@-', '/'],
  ])
  expect(() => read('| curl /')).toThrow('a pipe with nothing before it')
})
