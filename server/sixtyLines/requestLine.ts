import type { TraceBody } from '../../shared/trace/events.ts'
import type { ReportOf } from './reports.ts'

/** The line is split on blanks, so its parts stand one blank apart. What stands behind a question mark is of the path. */
export function requestLine({
  method,
  path,
  version,
}: ReportOf<'parsed'>): Extract<TraceBody, { kind: 'request.line' }> {
  const target = { start: method.length + 1, end: method.length + 1 + path.length }
  return {
    kind: 'request.line',
    method,
    target: path,
    version,
    spans: {
      method: { start: 0, end: method.length },
      target,
      authority: null,
      path: target,
      query: null,
      version: { start: target.end + 1, end: target.end + 1 + version.length },
    },
  }
}
