import { expect, test } from 'vitest'
import { verdicts } from './budgets.ts'
import { NAMES } from './contestants.ts'
import { Results } from './results.ts'
import type { Cell } from './rounds.ts'
import { LARGE, SMALL } from './settings.ts'

const cell = (contestant: string, setting: string, ...rates: number[]): Cell => ({
  contestant,
  setting,
  samples: rates.map((perSecond) => ({
    ...{ requests: perSecond, perSecond, p50Ms: 1, p99Ms: 2, refused: 0, failed: 0, cut: 0, processorUs: 10 },
  })),
})
const KEPT = 'keep-alive, 16'
const CLOSED = 'close, 16'

test('two servers are compared round by round', () => {
  const results = new Results([cell('a', KEPT, 100, 10, 50), cell('b', KEPT, 50, 20, 20)])
  expect(results.ratio('a', 'b', KEPT)).toEqual({ median: 2, spread: 0.5 })
  expect(results.ratio('a', 'c', KEPT)).toBeNull()
})

test('a budget is met where the measured part reaches it', () => {
  const results = new Results([
    cell(NAMES.http, KEPT, 100),
    cell(NAMES.inline, KEPT, 120),
    cell(NAMES.inlineWatched, KEPT, 107),
  ])
  expect(verdicts(results, SMALL)).toMatchObject([
    { contestant: NAMES.inline, other: NAMES.http, setting: KEPT, atLeast: 1.2, measured: 1.2, met: true },
    { contestant: NAMES.inlineWatched, other: NAMES.inline, setting: KEPT, atLeast: 0.9, met: false },
  ])
})

test('Python has to be ahead of those that close where connections are kept, and no slower where they are closed', () => {
  const rates = (setting: string) => [
    cell(NAMES.python, setting, 20),
    cell(NAMES.gunicornSync, setting, 10),
    cell(NAMES.uwsgi, setting, 10),
  ]
  const found = verdicts(new Results([...rates(KEPT), ...rates(CLOSED)]), SMALL)
  expect(found.map(({ other, setting, atLeast, met }) => [other, setting, atLeast, met])).toEqual([
    [NAMES.gunicornSync, KEPT, 2.5, false],
    [NAMES.gunicornSync, CLOSED, 1, true],
    [NAMES.uwsgi, KEPT, 1.5, true],
    [NAMES.uwsgi, CLOSED, 1, true],
  ])
})

test('recording leaves half of the throughput, of small answers and of large ones', () => {
  const results = new Results([cell(NAMES.python, KEPT, 100), cell(NAMES.pythonRecording, KEPT, 50)])
  expect(verdicts(results, SMALL)).toMatchObject([{ contestant: NAMES.pythonRecording, atLeast: 0.5, met: true }])
})

test('Python streams at seven tenths of gunicorn, in large chunks and in small ones', () => {
  const settings = ['chunks down', 'small chunks down']
  const cells = settings.flatMap((setting) => [cell(NAMES.python, setting, 7), cell(NAMES.gunicornSync, setting, 10)])
  expect(verdicts(new Results(cells), LARGE).map(({ setting, met }) => [setting, met])).toEqual([
    ['chunks down', true],
    ['small chunks down', true],
  ])
})
