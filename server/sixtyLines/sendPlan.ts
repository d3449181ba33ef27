/** What the sixty-line server has said it sends: who made which of the bytes that come. */
import type { Run } from '../../shared/tap/answerSegments.ts'
import type { ReportOf } from './reports.ts'

export class SendPlan {
  /** What has not come yet. */
  #runs: Run[] = []

  /** Whether all of it has come. */
  get done(): boolean {
    return this.#runs.length === 0
  }

  /** `pieces`: lengths of what the application wrote and yielded. */
  expect(report: ReportOf<'sending'>, pieces: readonly number[]): void {
    this.#runs = responseRuns(report, pieces)
  }

  forget(): void {
    this.#runs = []
  }

  /** What the next `length` bytes are. */
  take(length: number): Run[] {
    const taken: Run[] = []
    let left = length
    for (let run = this.#runs[0]; run !== undefined && left > 0; run = this.#runs[0]) {
      const part = Math.min(left, run.length)
      taken.push({ length: part, from: run.from })
      left -= part
      if (part === run.length) this.#runs.shift()
      else this.#runs[0] = { ...run, length: run.length - part }
    }
    if (left > 0) taken.push({ length: left, from: 'server:bytes' })
    return taken
  }
}

function responseRuns({ status, headers }: ReportOf<'sending'>, pieces: readonly number[]): Run[] {
  const end: Run = { length: 2, from: 'framing' }
  const runs: Run[] = [
    { length: 'HTTP/1.0 '.length, from: 'server:version' },
    { length: status.length, from: 'status' },
    { ...end },
  ]
  for (const [n, [name, value]] of headers.entries()) {
    runs.push({ length: name.length + 2 + value.length, from: `header:${n}` }, { ...end })
  }
  runs.push({ ...end })
  for (const [n, length] of pieces.entries()) runs.push({ length, from: `chunk:${n}` })
  return runs.filter(({ length }) => length > 0)
}
