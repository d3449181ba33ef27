import { expect, test } from 'vitest'
import { cellsOf, harmless, wrapped } from './ansi.ts'
import { OutputText } from './outputText.ts'

test.each([
  ['a line end is what the terminal needs', 'a\nb\r\nc', 'a\r\nb\r\nc'],
  ['an escape sequence is shown, not obeyed', '\x1b[2Jgone', '^[[2Jgone'],
  ['a lone CR does not write over the line', 'real\rfake', 'real^Mfake'],
  ['C1 controls are shown too', 'a\x9bb', 'a\\x9bb'],
  ['tabs stay', 'a\tb', 'a\tb'],
])('%s', (_name, text, shown) => {
  expect(harmless(text)).toBe(shown)
})

test('wide characters take two cells, combining marks none', () => {
  expect(cellsOf('a你😀')).toBe(5)
  expect(cellsOf('e\u0301')).toBe(1)
})

test('prose is broken between words, Chinese between characters', () => {
  expect(wrapped('one two three', 8)).toEqual(['one two', 'three'])
  expect(wrapped('你好世界', 5)).toEqual(['你好', '世界'])
  expect(wrapped('short', 8)).toEqual(['short'])
})

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text)

test('characters and line ends may be cut anywhere', () => {
  const text = '你好\r\nx\r'
  const bytes = utf8(text)
  for (let cut = 0; cut <= bytes.length; cut++) {
    const output = new OutputText()
    const all = output.take('out', bytes.subarray(0, cut)) + output.take('out', bytes.subarray(cut)) + output.end()
    expect(all).toBe(text)
  }
})

test('what another voice says begins on its own line', () => {
  const output = new OutputText()
  expect(output.take('out', utf8('no line end'))).toBe('no line end')
  expect(output.take('note', utf8('* left intact\n'))).toBe('\n* left intact\n')
  expect(output.atLineStart).toBe(true)
})

test('a flood is cut off and counted', () => {
  const output = new OutputText()
  output.take('out', new Uint8Array(300 * 1024).fill(97))
  expect(output.keptBack).toBe(44 * 1024)
})

test('no line of Chinese begins with a sign that ends a clause, and none is too long', () => {
  const text = '上下方向键找回运行过的命令，Tab 补全，Ctrl-C 停止。行末的反斜杠（或未闭合的引号）表示下一行继续。'
  for (let columns = 8; columns < 60; columns++) {
    const lines = wrapped(text, columns)
    expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
    for (const line of lines) {
      expect(line).not.toMatch(/^[，。）：；、]/)
      expect(cellsOf(line)).toBeLessThanOrEqual(columns)
    }
  }
})
