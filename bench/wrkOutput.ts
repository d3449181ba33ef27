/** What wrk writes at the end of a run with `--latency`, as numbers. */

import type { LoadResult } from './loadResult.ts'

const MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** @throws Error when it is not the output of a finished run. */
export function readWrkOutput(text: string): LoadResult {
  const number = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? Number.NaN)
  const counted = (pattern: RegExp): number => Number(pattern.exec(text)?.[1] ?? 0)
  const latency = (share: string): number => {
    // Units of one letter have a blank behind them.
    const [, amount, unit] = new RegExp(`^ +${share}% +([\\d.]+)(us|ms|s|m|h) *$`, 'm').exec(text) ?? []
    return Number(amount) * (MS[unit ?? ''] ?? Number.NaN)
  }
  const requests = number(/^ *(\d+) requests in /m)
  const perSecond = number(/^Requests\/sec: +([\d.]+)$/m)
  if (Number.isNaN(requests) || Number.isNaN(perSecond)) throw new Error(`not what wrk writes: ${text}`)
  return {
    requests,
    perSecond,
    p50Ms: latency('50'),
    p99Ms: latency('99'),
    refused: counted(/Non-2xx or 3xx responses: (\d+)/),
    failed: counted(/connect (\d+)/) + counted(/ write (\d+)/) + counted(/timeout (\d+)/),
    cut: counted(/ read (\d+)/),
  }
}
