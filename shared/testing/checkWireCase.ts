/** Whether what came back is what a wire case expects: of a gateway in memory and of a real socket alike. */
import { expect } from 'vitest'
import { type ReadResponse, readResponses } from './responses.ts'
import type { WireCase } from './wireCases.ts'

/** `answer`: all that came back, latin-1. `methods`: of the requests that were read, in order. */
export function checkWireCase(
  { expect: expected }: WireCase,
  answer: string,
  methods: string[],
  closed: boolean,
): void {
  const responses = readResponses(answer, methods)
  const statuses = responses.map((response) => response.status)
  expect(statuses).toHaveLength(expected.status.length)
  expected.status.forEach((status, i) => {
    expect([status].flat()).toContain(statuses[i])
  })
  expect(closed ? 'close' : 'open').toBe(expected.then)
  const served = responses.filter((response) => response.status === 200).at(-1)
  if (served === undefined) return
  if (expected.bodyBytes === undefined) checkEcho(expected, served)
  else expect(served.body).toHaveLength(expected.bodyBytes)
}

function checkEcho(expected: WireCase['expect'], served: ReadResponse): void {
  const echoed: { environ: Record<string, string>; body: string } = JSON.parse(served.body)
  expect(echoed.environ).toMatchObject(expected.environ ?? {})
  for (const key of expected.absent ?? []) expect(echoed.environ).not.toHaveProperty([key])
  for (const [key, value] of Object.entries(expected.environNot ?? {})) expect(echoed.environ[key]).not.toBe(value)
  if (expected.body !== undefined) expect(echoed.body).toBe(expected.body)
  expect(served.headers).toMatchObject(expected.responseHeaders ?? {})
}
