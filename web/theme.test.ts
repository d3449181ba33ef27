// biome-ignore lint/style/noRestrictedImports: the test reads the file as it is; vitest empties style sheets
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { TERMINAL_COLOURS } from './terminal/colours.ts'

const css = readFileSync(new URL('./theme.css', import.meta.url), 'utf8')

/** The custom properties of the block behind `selector`. */
function tokens(selector: string): Map<string, string> {
  const start = css.indexOf(`${selector} {`)
  const block = css.slice(start, css.indexOf('}', start))
  return new Map([...block.matchAll(/(--[a-z-]+): ([^;]+);/g)].map(([, name = '', value = '']) => [name, value]))
}

const light = tokens(':root')
const dark = tokens('[data-theme="dark"]')

/** Relative luminance (WCAG 2.2) of `#rrggbb`. */
function luminance(colour: string): number {
  const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
    const value = Number.parseInt(colour.slice(at, at + 2), 16) / 255
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * r + 0.7152 * g + 0.0722 * b
}

function contrast(a: string, b: string): number {
  const [dim = 0, bright = 0] = [luminance(a), luminance(b)].sort((x, y) => x - y)
  return (bright + 0.05) / (dim + 0.05)
}

const ORIGINS = ['method', 'path', 'query', 'version', 'header', 'body']

const PAIRS: [string, string][] = [
  ...ORIGINS.flatMap((origin): [string, string][] => [
    [`--origin-${origin}`, `--tint-${origin}`],
    [`--origin-${origin}`, '--card'],
    ['--ink', `--tint-${origin}`],
  ]),
  ['--ink', '--paper'],
  ['--ink', '--card'],
  ['--ink', '--tint-accent'],
  ['--ink-soft', '--paper'],
  ['--ink-soft', '--card'],
  ['--accent', '--card'],
  ['--accent', '--paper'],
  ['--accent', '--tint-accent'],
  ['--accent-ink', '--accent'],
  ['--good', '--card'],
  ['--paper', '--ink'],
]

describe.each([
  ['light', light],
  ['dark', dark],
])('%s', (_name, theme) => {
  test.each(PAIRS)('%s on %s reaches 4.5:1', (ink, ground) => {
    expect(contrast(theme.get(ink) ?? '', theme.get(ground) ?? '')).toBeGreaterThanOrEqual(4.5)
  })
})

test('dark is the same whether the system or the person asks for it, and names what light names', () => {
  expect(tokens(':root:not([data-theme="light"])')).toEqual(dark)
  expect([...dark.keys()]).toEqual([...light.keys()])
})

test('the colours of the terminal reach 4.5:1 on its background', () => {
  const { background, cursorAccent: _, selectionBackground, overviewRulerBorder: __, ...text } = TERMINAL_COLOURS
  for (const [name, colour] of Object.entries(text)) {
    expect(contrast(colour, background), name).toBeGreaterThanOrEqual(4.5)
  }
  expect(contrast(TERMINAL_COLOURS.foreground, selectionBackground)).toBeGreaterThanOrEqual(4.5)
})
