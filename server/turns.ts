/**
 * Work that can wait: a little of it in each turn of the event loop, whoever it is for, so that between two turns the
 * sockets are served. Turns belong to the process as its event loop does.
 */
import type { LogScheduler } from '../shared/log/scheduler.ts'

/** How long the work of one turn may take together, its last piece apart. */
const TURN_MS = 4

const waiting: (() => void)[] = []
let planned = false

/** `piece` is called in one of the next turns, behind those that wait already. A piece takes a few milliseconds at most. */
export function inTurn(piece: () => void): void {
  waiting.push(piece)
  plan()
}

/** Calls `step` in turns until it says that there is no more to do. Resolves within the last of them. */
export function inTurns(step: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const piece = () => {
      try {
        if (step()) inTurn(piece)
        else resolve()
      } catch (error) {
        reject(error)
      }
    }
    inTurn(piece)
  })
}

function plan(): void {
  if (planned) return
  planned = true
  setImmediate(turn)
}

function turn(): void {
  planned = false
  const ends = performance.now() + TURN_MS
  while (waiting.length > 0 && performance.now() < ends) waiting.shift()?.()
  if (waiting.length > 0) plan()
}

/** The log's, where the event loop is Node's. `now` gives microseconds since the run began. */
export const logScheduler = (now: () => number): LogScheduler => ({
  now,
  nextTurn: setImmediate,
  later: (ms, task) => {
    setTimeout(task, ms).unref()
  },
  inTurns,
})
