import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { decodePython } from './sourceText.ts'

/** As the interpreter itself reads it. */
function readByPython(bytes: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  writeFileSync(join(folder, 'source.py'), bytes)
  const script =
    "import sys, importlib.util; sys.stdout.buffer.write(importlib.util.decode_source(open(sys.argv[1], 'rb').read()).encode())"
  return execFileSync('python3', ['-c', script, join(folder, 'source.py')], { encoding: 'utf8' })
}

/** Encoded by Python, which is the one that counts. */
const encoded = (text: string, coding: string): Buffer =>
  execFileSync(
    'python3',
    ['-c', 'import sys; sys.stdout.buffer.write(sys.stdin.buffer.read().decode().encode(sys.argv[1]))', coding],
    {
      input: text,
    },
  )

test.each([
  ['latin-1', 'café über straße \x80\x9f'],
  ['Latin_1', 'café'],
  ['iso-8859-1', 'é'],
  ['iso-8859-15', '€ œ'],
  ['cp1252', '€ “é”'],
  ['windows-1251', 'Привет'],
  ['koi8-r', 'Привет'],
  ['gbk', '你好，世界'],
  ['gb2312', '你好'],
  ['gb18030', '你好 𠀀'],
  ['big5', '你好'],
  ['shift_jis', 'こんにちは'],
  ['euc-jp', 'こんにちは'],
  ['euc_kr', '안녕'],
  ['utf-8', '你好'],
  ['utf8', 'é'],
  ['cp866', 'Привет'],
  ['mac-roman', 'é'],
])('a source is read by the coding that it declares: %s', (coding, words) => {
  const text = `#!/usr/bin/env python\n# -*- coding: ${coding} -*-\nGREETING = '${words}'\n`
  const bytes = encoded(text, coding)
  expect(decodePython(bytes)).toBe(text)
  expect(readByPython(bytes)).toBe(text)
})

test.each([
  ['in the first line', '# vim: set fileencoding=latin-1 :\nx = 1 # \xe9\n'],
  ['in the second, behind a comment', '#!python\n#coding:latin-1\n# \xe9\n'],
  ['in the second, behind a blank line', '\n  # coding = none; coding: latin-1\n# \xe9\n'],
  ['with Windows’ line ends', '#!python\r\n# coding: latin-1\r\nx = 1\r\n# \xe9\r\n'],
])('a coding is declared %s', (_where, text) => {
  const bytes = Buffer.from(text, 'latin1')
  expect(decodePython(bytes)).toBe(readByPython(bytes))
  expect(decodePython(bytes)).toContain('\xe9')
  expect(decodePython(bytes)).not.toContain('\r')
})

test.each([
  ['behind code', 'x = 1\n# coding: latin-1\n# é\n'],
  ['in the third line', '#\n#\n# coding: latin-1\n# é\n'],
  ['in no comment', 'coding: int = 1\n# é\n'],
])('no coding is declared %s, and the source is UTF-8', (_where, text) => {
  const bytes = Buffer.from(text)
  expect(decodePython(bytes)).toBe(text)
  expect(readByPython(bytes)).toBe(text)
})

test('a byte order mark is none of the text, and means UTF-8', () => {
  const bytes = Buffer.from('\ufeffx = "é"\n')
  expect(decodePython(bytes)).toBe('x = "é"\n')
  expect(readByPython(bytes)).toBe('x = "é"\n')
})

test('bytes that are none of the coding are marked', () => {
  expect(decodePython(Buffer.from([0x23, 0xe9, 0x0a]))).toBe('#\ufffd\n')
})

test('a coding that Node does not know is not guessed at', () => {
  expect(decodePython(Buffer.from('# coding: cp437\n'))).toBeNull()
})
