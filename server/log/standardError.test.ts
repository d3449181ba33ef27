import { Writable } from 'node:stream'
import { expect, test } from 'vitest'
import { StandardError } from './standardError.ts'

/** What is written; with `hold`, nothing of it is taken. */
function stream({ hold = false, error = null as Error | null } = {}) {
  const written: string[] = []
  const release: (() => void)[] = []
  const writable = new Writable({
    decodeStrings: false,
    write(text: string, _encoding, done) {
      if (error !== null) return done(error)
      written.push(text)
      if (hold && release.length === 0) release.push(done)
      else done()
    },
  })
  return { writable, written, text: () => written.join(''), release: () => release[0]?.() }
}

const TIME = '\\d\\d:\\d\\d:\\d\\d\\.\\d{3}'

test('each line says when, of which request and by whom', () => {
  const { writable, text } = stream()
  const { log } = new StandardError(writable, () => undefined)
  log('server', 'worker 1 is ready', null)
  log('wsgi.errors', 'one\ntwo\n', 12)
  expect(text()).toMatch(
    new RegExp(
      `^${TIME} wsgiscope: worker 1 is ready\\n${TIME} #12 wsgi\\.errors \\| one\\n${TIME} #12 wsgi\\.errors \\| two\\n$`,
    ),
  )
})

test('no text can write a line of the server', () => {
  const { writable, text } = stream()
  const standardError = new StandardError(writable, () => undefined)
  standardError.log('stdout', 'x\nwsgiscope: all is well\rwsgiscope: really', 1)
  standardError.log('server', 'the file a\nwsgiscope: all is well is gone', null)
  standardError.plain('stderr', 'Traceback\nwsgiscope: all is well')
  const own = text()
    .split('\n')
    .filter((line) => /^(\d\S+ )?(#\d+ )?wsgiscope: /.test(line))
  expect(own).toHaveLength(1)
  expect(own[0]).toMatch(/wsgiscope: the file a$/)
})

test('of lines that nobody reads no more are kept than fit, and how many is said', () => {
  const { writable, text, release } = stream({ hold: true })
  const { log } = new StandardError(writable, () => undefined)
  for (let i = 0; i < 200; i++) log('stdout', 'x'.repeat(10_000), null)
  expect(writable.writableLength).toBeLessThan(1.1 * 1024 * 1024)
  release()
  log('server', 'after', null)
  expect(text()).toMatch(/\nwsgiscope: \d+ lines before this one were not read, and left out\n\S+ wsgiscope: after\n$/)
})

test('a stream that fails is written to no more, and it is said once', async () => {
  const { writable } = stream({ error: new Error('no space') })
  const said: string[] = []
  const { log } = new StandardError(writable, (message) => said.push(message))
  log('server', 'one', null)
  await new Promise(setImmediate)
  log('server', 'two', null)
  await new Promise(setImmediate)
  expect(said).toEqual(['standard error takes no more lines: no space'])
})
