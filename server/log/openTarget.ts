/** The target of --trace, or one line that says why there is none. */
import { StartError } from '../startError.ts'
import type { TargetListener, TraceTarget } from './target.ts'
import { openTraceTarget, StreamTarget } from './traceTarget.ts'

/** @throws StartError */
export function openTarget(trace: string, stdout: NodeJS.WriteStream, { say, onGone }: TargetListener): TraceTarget {
  if (trace === '-') return new StreamTarget('standard output', stdout, { say, onGone })
  try {
    return openTraceTarget(trace, { say, onGone })
  } catch (error) {
    throw new StartError(`--trace ${trace} cannot be written: ${reasonOf(error)}`)
  }
}

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'its folder does not exist',
  EISDIR: 'it is a folder',
  EACCES: 'you may not write there',
  EROFS: 'the disk is read-only',
}

function reasonOf(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return REASONS[code] ?? (error instanceof Error ? error.message : String(error))
}
