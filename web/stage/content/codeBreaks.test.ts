import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stage as words } from '../../i18n/en/stage.ts'
import { sourceRows } from './sourceRows.ts'

const word = fc.stringMatching(/^[a-z_]{1,9}$/)
const sign = fc.constantFrom('(', ')', '[', ']', '.', ', ', ' = ', '"', ' ')
const code = fc.array(fc.tuple(word, sign), { maxLength: 20 }).map((parts) => parts.flat().join(''))
const indent = fc.nat({ max: 12 }).map((n) => ' '.repeat(n))

const lineOf = (text: string, cols: number): string[] =>
  sourceRows({ file: 'app.py', text }, null, { cols, words }).map(
    (row) => row.tokens.filter(({ tone }) => tone === 'plain').at(-1)?.text ?? '',
  )

test('a line of code keeps all its characters, and no name that has room on a row is broken in two', () => {
  fc.assert(
    fc.property(indent, code, fc.integer({ min: 40, max: 90 }), (margin, line, cols) => {
      const rows = lineOf(margin + line, cols)
      expect(rows.join('').replace(/\s/g, '')).toBe(line.replace(/\s/g, ''))
      for (const [n, row] of rows.slice(0, -1).entries()) {
        const [last] = /\w+$/.exec(row) ?? ['']
        const [first] = /^\w+/.exec(rows[n + 1] ?? '') ?? ['']
        // Two names with a blank between them may end one row and begin the next.
        if (last !== '' && first !== '') expect(line.replace(/\s+/g, ' ')).toContain(`${last} ${first}`)
      }
    }),
  )
})

test('a call is broken before its dot, and not within its name', () => {
  expect(lineOf('        sent = environ["wsgi.input"].read()', 44)).toEqual([
    '        sent = environ["wsgi.input"]',
    '.read()',
  ])
  expect(lineOf('            return redirect(url_for("index", name=name))', 44)[0]).toBe(
    '            return redirect(url_for(',
  )
})
