import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'

const read = (name: string) => readFileSync(new URL(name, import.meta.url), 'utf8')

/** The table of heads in a source's document comment, from `To the worker:` to the comment's end. */
function table(source: string, prefix: RegExp, end: string): string[] {
  const comment = source.slice(source.indexOf('To the worker:'), source.indexOf(end, source.indexOf('To the worker:')))
  return comment
    .split('\n')
    .map((line) => line.replace(prefix, '').trimEnd())
    .filter((line) => line !== '')
}

test('the frames are documented in the same words on both sides', () => {
  const here = table(read('./messages.ts'), /^ \* ?/, ' */')
  expect(here).toEqual(table(read('./wsgiscope_worker/frames.py'), /^/, '"""'))
  expect(here.length).toBeGreaterThan(30)
})

test('the table of frames names every kind of event that is read, once and no other', () => {
  const source = read('./messages.ts')
  const parsed = [...source.matchAll(/^ {4}case '(\w+)':/gm)].map(([, kind]) => kind)
  const documented = table(source, /^ \* ?/, ' */').flatMap((line) => /^ {2}([a-z]\w*)/.exec(line)?.[1] ?? [])
  expect([...documented].sort()).toEqual([...parsed].sort())
})
