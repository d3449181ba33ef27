import { expect, test } from 'vitest'
import { deploymentKindOf } from './deployment.ts'

test.each([
  ['direct', { via: 'direct' }],
  ['tap', { via: 'tap' }],
  ['sixty-lines', { via: 'tap', listing: '/server/sixty_lines.py' }],
  ['direct', null],
] as const)('%s is what serves where the connection was opened with %o', (kind, opened) => {
  expect(deploymentKindOf(opened)).toBe(kind)
})
