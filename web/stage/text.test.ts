import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { byteSize, cellWidth, cut, pythonRepr, visibleByte, visibleBytes, wrapProse, wrapValue } from './text.ts'

describe('bytes made visible', () => {
  test('printable ASCII stands for itself, line ends and tabs have names, everything else is hexadecimal', () => {
    expect(visibleBytes(new Uint8Array([0x47, 13, 10, 9, 0, 0x7f, 0xe4]))).toBe('G\\r\\n\\t\\x00\\x7f\\xe4')
  })

  test('every byte is drawn in printable ASCII', () => {
    for (let byte = 0; byte < 256; byte++) expect(visibleByte(byte)).toMatch(/^[\x20-\x7e]{1,4}$/)
  })
})

describe('repr() of a native string, as CPython prints it', () => {
  test.each([
    ['GET', "'GET'"],
    ["it's", '"it\'s"'],
    ['both \' and "', "'both \\' and \"'"],
    ['back\\slash', "'back\\\\slash'"],
    ['line\r\n', "'line\\r\\n'"],
    ['nul\u0000', "'nul\\x00'"],
    ['caf\u00c3\u00a9', "'caf\u00c3\u00a9'"],
    ['\u0085\u00a0\u00ad', "'\\x85\\xa0\\xad'"],
  ])('%j', (text, repr) => expect(pythonRepr(text)).toBe(repr))
})

describe('wrapping', () => {
  test('a value keeps all of its characters, and no row of it is wider than its card', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 90 }), fc.integer({ min: 1, max: 30 }), (value, cols) => {
        const rows = wrapValue(value, cols)
        expect(rows.map(({ text }) => text).join('')).toBe(value)
        for (const { col, text } of rows) expect(col + text.length).toBeLessThanOrEqual(cols)
      }),
    )
  })

  test('a value is broken behind a blank, but a row is not left all but empty for it', () => {
    const broken = (value: string) => wrapValue(value, 20).map(({ col, text }) => ' '.repeat(col) + text)
    expect(broken("('Expires', 'Sun, 22 Nov 2026')")).toEqual(["('Expires', 'Sun, ", "  22 Nov 2026')"])
    expect(broken('a bcdefghijklmnopqrstuvwxyz')).toEqual(['a bcdefghijklmnopqrs', '  tuvwxyz'])
  })

  test('no line of prose is wider than its card, unless one word is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 12 })),
        fc.integer({ min: 8, max: 60 }),
        (words, cols) => {
          const longest = Math.max(0, ...words.join(' ').split(/\s+/).map(cellWidth))
          for (const line of wrapProse(words.join(' '), cols))
            expect(cellWidth(line)).toBeLessThanOrEqual(Math.max(cols, longest) + 2)
        },
      ),
    )
  })

  test('Chinese breaks between any two characters', () => {
    expect(wrapProse('服务器把请求变成字典', 9).length).toBeGreaterThan(1)
    expect(wrapProse('服务器把请求变成字典', 9).join('')).toBe('服务器把请求变成字典')
  })

  test('cutting loses nothing', () => {
    fc.assert(
      fc.property(
        fc.string(),
        fc.integer({ min: 1, max: 40 }),
        fc.integer({ min: 0, max: 40 }),
        (text, cols, first) => {
          expect(cut(text, cols, first).join('')).toBe(text)
        },
      ),
    )
  })
})

test('sizes are exact where they are short', () => {
  expect([byteSize(1), byteSize(149), byteSize(5000), byteSize(98_304)]).toEqual([
    '1 B',
    '149 B',
    '5,000 B',
    '96.0 KiB',
  ])
})

test('no line of prose begins with a sign that ends a clause', () => {
  for (let cols = 8; cols < 60; cols++) {
    const lines = wrapProse('状态和响应头保存在这里，尚未发送。再次调用（带上异常）时：仍可替换；这样。', cols)
    for (const line of lines) expect(line).not.toMatch(/^[，。）：；、]/)
  }
})
