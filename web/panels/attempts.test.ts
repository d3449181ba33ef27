import { expect, test } from 'vitest'
import type { AppInfo } from '../sources/source.ts'
import { ATTEMPTS, type AttemptName, nextStep } from './attempts.ts'

const served = (file: string): AppInfo => ({
  ...{ spec: `${file}:app`, language: 'python', callable: 'app', file, line: 1, runtime: 'Python 3.11' },
})

function step(name: AttemptName, app: AppInfo) {
  const attempt = ATTEMPTS.find((each) => each.name === name)
  if (attempt === undefined) throw new Error(`there is no ${name}`)
  return nextStep(attempt, app, 'localhost:9999', 'direct')
}

test('what every application answers is sent to the one that is served', () => {
  for (const app of [null, served('/home/ada/shop.py')]) {
    expect(step('post', app)).toEqual({ kind: 'run', line: expect.stringContaining('localhost:9999/') })
    expect(step('refused', app)).toEqual({ kind: 'run', line: expect.stringContaining("-H 'Host:'") })
  }
})

test('what needs a sample is sent where that is served, from whatever folder', () => {
  expect(step('pieces', served('/src/wsgiscope/shared/apps/stream.py')).kind).toBe('run')
  expect(step('crashBefore', served('C:\\wsgiscope\\shared\\apps\\error.py')).kind).toBe('run')
  expect(step('pieces', served('/home/ada/stream.py')).kind).toBe('start')
})

test('elsewhere it is said how to start the sample, and what to send to it then', () => {
  for (const name of ['pieces', 'crashBefore', 'crashAfter'] as const) {
    const said = step(name, served('/src/shared/apps/hello.py'))
    if (said.kind !== 'start') throw new Error('it is sent')
    expect(said.command).toMatch(/^npm run -s wsgiscope -- shared\/apps\/\w+\.py:app$/)
    expect(said.line).toContain('localhost:8888/')
  }
})

test('your own application is always said how to start', () => {
  expect(step('own', null)).toEqual({
    kind: 'start',
    command: 'npm run -s wsgiscope -- path/to/app.py:app',
    line: null,
  })
})

test('of the naive server and of a tap, only what they show is offered', () => {
  const offered = (kind: 'direct' | 'sixty-lines' | 'tap') =>
    ATTEMPTS.filter(({ where }) => where.includes(kind)).map(({ name }) => name)
  expect(offered('direct')).toHaveLength(6)
  expect(offered('sixty-lines')).toEqual(['post', 'crashBefore', 'own'])
  expect(offered('tap')).toEqual(['post', 'own'])
})
