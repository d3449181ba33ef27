import { describe, expect, test } from 'vitest'
import { shell as words } from '../i18n/en/shell.ts'
import type { Keep } from '../keep.ts'
import type { ClientCommands } from '../sources/source.ts'
import type { AnswerInPicture } from './heldOutput.ts'
import { History } from './history.ts'
import { Shell } from './shell.ts'

const ESCAPES = /\[[0-9;]*[A-Za-z]/g
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)
const latin1 = (bytes: Uint8Array): string => String.fromCharCode(...bytes)

function memory(): Keep {
  const kept = new Map<string, string>()
  return { read: (key) => kept.get(key) ?? null, write: (key, value) => kept.set(key, value).has(key) }
}

/** A shell whose sendings are written down, and the text it printed without its drawing. */
function session(client: 'recording' | 'lost' | 'spectator' | null = null, keep = memory()) {
  const picture: { answer: AnswerInPicture } = { answer: 'after' }
  const sent: string[] = []
  let printed = ''
  const commands: ClientCommands = {
    run: (id, line) => sent.push(`run ${id} ${line}`),
    raw: (id, bytes) => sent.push(`raw ${id} ${latin1(bytes)}`),
    cancel: (id) => sent.push(`cancel ${id}`),
  }
  const shell = new Shell({
    print: (text) => {
      printed += text
    },
    columns: () => 80,
    client: () => client ?? commands,
    words: () => words.terminal,
    language: () => 'en',
    addresses: () => ['localhost:8888/'],
    answer: () => picture.answer,
    history: new History(keep),
  })
  shell.start()
  printed = ''
  return {
    shell,
    sent,
    /** Where the picture is with the answer. */
    picture,
    /** What was printed since the last look. */
    look: () => {
      const text = printed
        .replaceAll('\x1b', '')
        .replace(ESCAPES, '')
        .replace(/\r(?!\n)/g, '')
      printed = ''
      return text
    },
  }
}

test('where nothing but the greeting stands, another language says it anew; nothing else is ever lost to one', () => {
  const { shell, look } = session()
  const greeted = `# ${words.terminal.greeting}\r\n$ `
  shell.languageChanged()
  expect(look()).toBe(greeted)
  shell.type('cur')
  look()
  shell.languageChanged()
  expect(look()).toBe('')
  shell.type('\x03')
  shell.type('help\r')
  look()
  shell.languageChanged()
  expect(look()).toBe('')
})

describe('commands', () => {
  test('a command goes to the client as it was typed, and the prompt comes back when it is done', () => {
    const { shell, sent, look } = session()
    shell.type('curl -i localhost:8888/\r')
    expect(sent).toEqual(['run 1 curl -i localhost:8888/'])
    look()
    shell.output(1, 'out', utf8('HTTP/1.1 200 OK\r\n\r\nhello'))
    shell.done(1)
    expect(look()).toBe('HTTP/1.1 200 OK\r\n\r\nhello\r\n$ ')
  })

  test('lines continue behind a backslash and inside quotation marks', () => {
    const { shell, sent } = session()
    shell.type('curl -d "a\rb" \\\rlocalhost:8888/\r')
    expect(sent).toEqual(['run 1 curl -d "a\nb" localhost:8888/'])
  })

  test('what is typed while a command runs waits for it', () => {
    const { shell, sent } = session()
    shell.type('curl a\rcurl b\r')
    expect(sent).toEqual(['run 1 curl a'])
    shell.done(1)
    expect(sent).toEqual(['run 1 curl a', 'run 2 curl b'])
  })

  test('Ctrl-C stops a command that runs, and gives up a line that is typed', () => {
    const { shell, sent } = session()
    shell.type('curl a\r\x03')
    expect(sent).toEqual(['run 1 curl a', 'cancel 1'])
    shell.done(1)
    shell.type('curl b\x03\r')
    expect(sent).toHaveLength(2)
  })

  test('answers of a command that is over are not printed', () => {
    const { shell, look } = session()
    shell.type('curl a\r')
    shell.done(1)
    look()
    shell.output(1, 'out', utf8('late'))
    expect(look()).toBe('')
  })

  test('a command that is not one is named, and nothing is sent', () => {
    const { shell, sent, look } = session()
    shell.type('rm -rf /\r')
    expect(look()).toContain('rm: not a command here')
    expect(sent).toEqual([])
  })

  test('a command that is too long for the server is not sent', () => {
    const { shell, sent, look } = session()
    shell.type(`curl ${'a'.repeat(200_000)}\r`)
    expect(look()).toContain('more than 196,608 bytes')
    expect(sent).toEqual([])
  })

  test('before the terminal is there, commands wait', () => {
    const sent: string[] = []
    const shell = new Shell({
      print: () => undefined,
      columns: () => 80,
      client: () => ({ run: (_, line) => sent.push(line), raw: () => undefined, cancel: () => undefined }),
      words: () => words.terminal,
      language: () => 'en',
      addresses: () => [],
      answer: () => 'after',
      history: new History(memory()),
    })
    shell.run('curl a')
    expect(sent).toEqual([])
    shell.start()
    expect(sent).toEqual(['curl a'])
  })

  test.each([
    ['recording', 'A recording has no server to talk to'],
    ['lost', 'The server is not connected'],
    ['spectator', 'Only the presenter may send'],
  ] as const)('%s: it says why nothing can be sent', (why, text) => {
    const { shell, look } = session(why)
    shell.type('curl a\r')
    expect(look()).toContain(text)
    shell.type('raw\r')
    expect(look()).toContain(text)
  })

  test('when the server goes away, the command is over', () => {
    const { shell, sent, look } = session()
    shell.type('curl a\r')
    shell.connectionLost()
    expect(look()).toContain('The connection to the server was lost')
    shell.type('curl b\r')
    expect(sent).toHaveLength(2)
  })
})

describe('the answer comes after the question', () => {
  function asked() {
    const made = session()
    made.picture.answer = 'before'
    made.shell.type('curl -v a\r')
    made.look()
    return { ...made, look: () => made.look().replaceAll('\r\n', '\n') }
  }

  test('what is printed before the server is heard is shown at once', () => {
    const { shell, look } = asked()
    shell.output(1, 'note', utf8('> GET / HTTP/1.1\n'))
    expect(look()).toBe('> GET / HTTP/1.1\n')
    shell.output(1, 'error', utf8('curl: (7) Failed to connect\n'))
    shell.done(1)
    expect(look()).toBe('curl: (7) Failed to connect\n$ ')
  })

  test('the answer waits until the picture has sent it, its end and the prompt with it', () => {
    const { shell, picture, look } = asked()
    shell.heard(1, 5000)
    shell.output(1, 'out', utf8('HTTP/1.1 200 OK\r\n\r\n'))
    shell.output(1, 'out', utf8('hello\n'))
    shell.done(1)
    shell.pictureMoved()
    expect(look()).toBe('')
    picture.answer = 'after'
    shell.pictureMoved()
    expect(look()).toBe('HTTP/1.1 200 OK\n\nhello\n$ ')
  })

  test('what comes of it later is shown at once, also to who has stepped back', () => {
    const { shell, picture, look } = asked()
    shell.heard(1, 5000)
    shell.output(1, 'out', utf8('one\n'))
    picture.answer = 'after'
    shell.pictureMoved()
    picture.answer = 'before'
    shell.output(1, 'out', utf8('two\n'))
    expect(look()).toBe('one\ntwo\n')
  })

  test('what the trace does not tell of is shown when it has told all, or the command is over', () => {
    const { shell, picture, sent, look } = asked()
    picture.answer = 'unknown'
    shell.heard(1, 5000)
    shell.output(1, 'out', utf8('one\n'))
    shell.pictureMoved()
    expect(look()).toBe('')
    shell.allTold()
    expect(look()).toBe('one\n')
    shell.done(1)
    shell.type('curl b\r')
    expect(sent).toHaveLength(2)
    look()
    shell.heard(2, 5001)
    shell.output(2, 'out', utf8('two\n'))
    expect(look()).toBe('')
    shell.done(2)
    expect(look()).toBe('two\n$ ')
  })

  test('Ctrl-C shows it, and stops what is not over', () => {
    const { shell, sent, look } = asked()
    shell.heard(1, 5000)
    shell.output(1, 'out', utf8('one\n'))
    shell.type('\x03')
    expect(look()).toBe('^C\none\n')
    expect(sent.at(-1)).toBe('cancel 1')
    shell.heard(1, 5001)
    shell.output(1, 'error', utf8('curl: (42) cancelled\n'))
    shell.done(1)
    expect(look()).toBe('curl: (42) cancelled\n$ ')
  })

  test('of a command that is over, Ctrl-C shows what is held, and there is nothing to stop', () => {
    const { shell, sent, look } = asked()
    shell.heard(1, 5000)
    shell.output(1, 'out', utf8('one\n'))
    shell.done(1)
    shell.type('\x03')
    expect(look()).toBe('^C\none\n$ ')
    expect(sent).toHaveLength(1)
  })

  test('when the server is gone it is shown, and only a command that was not over is said to be cut off', () => {
    const { shell, look } = asked()
    shell.heard(1, 5000)
    shell.output(1, 'out', utf8('one\n'))
    shell.done(1)
    shell.connectionLost()
    expect(look()).toBe('one\n$ ')
    const cut = asked()
    cut.shell.heard(1, 5000)
    cut.shell.output(1, 'out', utf8('one\n'))
    cut.shell.connectionLost()
    expect(cut.look()).toMatch(/^one\nThe connection to the server was lost/)
  })
})

describe('history', () => {
  const UP = '\x1b[A'
  const DOWN = '\x1b[B'

  test('Up brings back what was run, Down the line that was begun', () => {
    const { shell, sent } = session()
    shell.type('help\rclear\r')
    shell.type(`curl x${UP}${UP}${DOWN}${DOWN}\r`)
    expect(sent).toEqual(['run 1 curl x'])
    shell.done(1)
    shell.type(`${UP}${UP}${UP}${DOWN}${DOWN}\r`)
    expect(sent.at(-1)).toBe('run 2 curl x')
  })

  test('it survives a reload, and damage', () => {
    const keep = memory()
    session(null, keep).shell.type('curl a\r')
    const { shell, sent } = session(null, keep)
    shell.type(`${UP}\r`)
    expect(sent).toEqual(['run 1 curl a'])
    keep.write('history', '{"not": "a list"}')
    expect(new History(keep).lines).toEqual([])
    keep.write('history', 'not JSON')
    expect(new History(keep).lines).toEqual([])
  })
})

describe('requests typed by hand', () => {
  test('each Enter adds CR LF, visibly, and a dot sends byte for byte', () => {
    const { shell, sent, look } = session()
    shell.type('raw\r')
    look()
    shell.type('GET / HTTP/1.1\r')
    expect(look()).toContain('GET / HTTP/1.1\\r\\n')
    shell.type('Host: x\r\r')
    expect(look()).toContain('the head is complete')
    shell.type('.\r')
    expect(sent).toEqual(['raw 1 GET / HTTP/1.1\r\nHost: x\r\n\r\n'])
  })

  test('Ctrl-D sends what there is, also the half of a line', () => {
    const { shell, sent } = session()
    shell.type('raw\rGET / HT\x04')
    expect(sent).toEqual(['raw 1 GET / HT'])
  })

  test('Ctrl-C gives up, and nothing is nothing', () => {
    const { shell, sent, look } = session()
    shell.type('raw\rGET /\r\x03')
    shell.type('raw\r')
    look()
    shell.type('\x04')
    expect(look()).toContain('nothing typed, nothing sent')
    expect(sent).toEqual([])
  })
})
