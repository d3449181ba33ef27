/** The page, which waits for the end of a line, and the client, which carries it out, read it alike. */
import * as fc from 'fast-check'
import { expect, test } from 'vitest'
import { commandOf, openAtEnd } from './continuation.ts'
import { commandsOf } from './pipeline.ts'
import { CommandLineError, readCommandLine, utf8Bytes } from './words.ts'

test.each([
  ["curl -d $'it\\'s' localhost:8888/", [['curl', '-d', "it's", 'localhost:8888/']]],
  ["# don't", []],
])('%s is complete on both sides', (line, commands) => {
  expect(openAtEnd(line)).toBeNull()
  expect(commandsOf(line)).toEqual(commands)
})

const PIECES = [
  "'",
  '"',
  "$'",
  '\\',
  '#',
  ' ',
  '\n',
  '|',
  '$',
  'curl',
  'a',
  '\u00e9',
  '\u4f60',
  '\ud83d\ude00',
  '\ud83d',
  '\\x41',
  ';',
]
const lines = fc.array(fc.constantFrom(...PIECES), { maxLength: 20 }).map((pieces) => pieces.join(''))

/** The message that the line is refused with, or its words, or that it goes on. */
function read<T>(step: () => T): T | string {
  try {
    return step()
  } catch (error) {
    if (error instanceof Error) return error.message
    throw error
  }
}

test('both sides agree whether a line is complete, and into which words it falls', () => {
  fc.assert(
    fc.property(lines, (line) => {
      const typed = read(() => readCommandLine(line))
      const taken = read(() => commandsOf(line))
      const open = openAtEnd(line)
      const goesOn = typeof taken === 'string' && /^(a backslash at the very end|no closing)/.test(taken)
      expect(open !== null).toBe(goesOn)
      if (typeof typed === 'string') expect(taken).toBe(typed)
      else if (open === null) {
        expect(taken).toEqual(typed.commands.map((words) => words.map(utf8Bytes)))
        expect(utf8Bytes(commandOf(line))).toBe(Array.isArray(taken) ? (taken.at(-1)?.[0] ?? '') : '')
      }
    }),
    { numRuns: 2000 },
  )
})

test('what is not carried out is refused with the same words', () => {
  expect(() => readCommandLine('curl /; ls')).toThrow(CommandLineError)
  expect(() => commandsOf('curl /; ls')).toThrow('a second command')
})
