import { describe, expect, test } from 'vitest'
import { commandOf, joinLine, openAtEnd } from '../../shared/commandLine/continuation.ts'
import { COMMAND_NAMES } from './commands/registry.ts'
import { complete } from './completion.ts'
import { lineOf } from './line.ts'

describe('where a command line ends', () => {
  test.each([
    ['curl localhost', null],
    ['curl "a b"', null],
    ['curl "a', 'double'],
    ["curl 'a", 'single'],
    ["curl 'a\\", 'single'],
    ["curl 'a\\'", null],
    ['curl "a\\"', 'double'],
    ['curl "it\'s"', null],
    ['curl \\', 'backslash'],
    ['curl \\\\', null],
    ['curl \\"', null],
    ["curl -d $'it\\'s' localhost:8888/", null],
    ["curl -d $'it\\'s", 'ansi'],
    ["# it's", null],
    ["curl / ; it's", null],
  ])('%s: %s', (text, open) => {
    expect(openAtEnd(text)).toBe(open)
  })

  test('a backslash joins two lines, an open quotation keeps the line end', () => {
    expect(joinLine('curl \\', '-i')).toBe('curl -i')
    expect(joinLine('curl -d "a', 'b"')).toBe('curl -d "a\nb"')
  })

  test('the command is the first word', () => {
    expect(commandOf('  curl\t-i')).toBe('curl')
    expect(commandOf(' ')).toBe('')
    expect(commandOf('# a note')).toBe('')
    expect(commandOf("printf 'a' | curl -d @- /")).toBe('curl')
    expect(commandOf('curl / ; ls')).toBe('curl')
  })
})

describe('completion', () => {
  const addresses = ['localhost:8888/', 'localhost:8888/hello', 'localhost:8888/help?a=1']
  const tab = (text: string) => {
    const { line, choices } = complete(lineOf(text), addresses)
    return { text: line.text, choices }
  }

  test('a command that only one name can become is finished', () => {
    expect(tab('cu')).toEqual({ text: 'curl ', choices: [] })
  })

  test('an empty line offers every command', () => {
    expect(tab('')).toEqual({ text: '', choices: [...COMMAND_NAMES] })
  })

  test('an option goes as far as the options agree, then says what there is', () => {
    expect(tab('curl --da')).toEqual({ text: 'curl --data', choices: [] })
    expect(tab('curl --data').choices).toContain('--data-raw')
    expect(tab('curl --inc')).toEqual({ text: 'curl --include ', choices: [] })
  })

  test('an address is completed from what was asked before, also behind a quotation mark, and is not closed', () => {
    expect(tab('curl loc').text).toBe('curl localhost:8888/')
    expect(tab('curl "localhost:8888/hell').text).toBe('curl "localhost:8888/hello')
  })

  test('what nothing matches stays as it is', () => {
    expect(tab('curl example.org')).toEqual({ text: 'curl example.org', choices: [] })
  })

  test('what is behind the cursor stays behind it', () => {
    const { line } = complete({ text: 'cu -i', cursor: 2 }, [])
    expect(line).toEqual({ text: 'curl  -i', cursor: 5 })
  })
})
