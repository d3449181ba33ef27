import { once } from 'node:events'
import { expect, test } from 'vitest'
import { moduleAt, spawnParent } from './hosts/testing/spawnParent.ts'

/** A process that never ends by itself, in which something keeps the event loop busy or alive. */
const script = (meanwhile: string): string => `
  import { interruption } from ${moduleAt('./interruption.ts', import.meta.url)}
  const asked = interruption({ onImpatience: () => process.exit(130), onHardEnd: (s) => process.exit(s === 0.2 ? 3 : 4), hardEndMs: 200 })
  setInterval(() => {}, 1000)
  console.log('ready')
  await asked.promise
  console.log('asked')
  ${meanwhile}
`

test.each([
  ['waits for what never comes', 'await new Promise(() => {})'],
  ['has work without end', 'for (;;) await new Promise(setImmediate)'],
])('a process that %s is over in its time after SIGTERM', async (_what, meanwhile) => {
  const parent = spawnParent(script(meanwhile))
  await once(parent.stdout, 'data')
  parent.kill('SIGTERM')
  expect(await once(parent, 'exit')).toEqual([3, null])
})

test('a second SIGINT is told at once', async () => {
  const parent = spawnParent(script('await new Promise(() => {})').replace('hardEndMs: 200', 'hardEndMs: 3_600_000'))
  await once(parent.stdout, 'data')
  let exited = false
  parent.once('exit', () => {
    exited = true
  })
  while (!exited) {
    parent.kill('SIGINT')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
  expect(parent.exitCode).toBe(130)
})
