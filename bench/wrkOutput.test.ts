import { expect, test } from 'vitest'
import { readWrkOutput } from './wrkOutput.ts'

const FINE = `Running 1s test @ http://127.0.0.1:9472/
  1 threads and 16 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     1.31ms  641.58us   8.52ms   89.99%
    Req/Sec    12.10k     0.96k   12.97k    81.82%
  Latency Distribution
     50%  990.00us
     75%    1.29ms
     90%    1.77ms
     99%    4.50ms
  13261 requests in 1.10s, 2.00MB read
Requests/sec:  12037.46
Transfer/sec:      1.81MB
`

test('requests, their rate and their latency are read, in milliseconds whatever the unit', () => {
  expect(readWrkOutput(FINE)).toEqual({
    requests: 13261,
    perSecond: 12037.46,
    p50Ms: 0.99,
    p99Ms: 4.5,
    refused: 0,
    failed: 0,
    cut: 0,
  })
  const slow = FINE.replace('4.50ms', '1.02s ').replace('990.00us', '1.10m ')
  expect(readWrkOutput(slow)).toMatchObject({ p50Ms: 66_000, p99Ms: 1020 })
})

test('what failed is read apart: refusals, connections, and answers that were cut off', () => {
  const lines =
    '  Socket errors: connect 2, read 30, write 400, timeout 5000\n  Non-2xx or 3xx responses: 7\nRequests/sec'
  expect(readWrkOutput(FINE.replace('Requests/sec', lines))).toMatchObject({ refused: 7, failed: 5402, cut: 30 })
})

test('a run without answers has no latency, and says so with zeros', () => {
  const nothing = FINE.replace('13261 requests', '0 requests')
    .replace('12037.46', '0.00')
    .replace('990.00us', '0.00us')
    .replace('4.50ms', '0.00us')
  expect(readWrkOutput(nothing)).toMatchObject({ requests: 0, perSecond: 0, p50Ms: 0, p99Ms: 0 })
})

test('anything else is no result', () => {
  expect(() => readWrkOutput('unable to connect to 127.0.0.1:9 Connection refused\n')).toThrow('not what wrk writes')
})
