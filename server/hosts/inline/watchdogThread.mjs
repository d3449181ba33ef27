/**
 * The thread that sees when the server's own has not come back to its event loop for too long. It asks that one, over the
 * inspector (which V8 answers also in the middle of a loop), whether it is the application that runs there; and has what
 * runs ended then: V8 leaves all JavaScript functions of that turn, without their `catch` and `finally`, and the event
 * loop goes on (Runtime.terminateExecution).
 */
import { writeSync } from 'node:fs'
import { Session } from 'node:inspector'
import { parentPort, workerData } from 'node:worker_threads'

const STANDARD_ERROR = 2
/** How soon it is asked again while the application is inside of a function of the server's, and for how long. */
const RETRY_MS = 5
const MOST_RETRIES = 200

const { beat, periodMs, hook, blocked } = workerData
let last = -1
let unchanged = 0
let asked = false

setInterval(() => {
  const now = Atomics.load(beat, 0)
  if (now !== last) {
    last = now
    unchanged = 0
    return
  }
  unchanged++
  const most = Atomics.load(beat, 1)
  // What answers no question is in a call of the operating system's.
  if (asked && unchanged === 2 * most) writeSync(STANDARD_ERROR, `the server stands still: ${blocked}\n`)
  if (asked || unchanged < most) return
  asked = true
  ask(now, 0)
}, periodMs)

function ask(stuckAt, retries) {
  const session = new Session()
  session.connectToMainThread()
  const over = (told) => {
    Atomics.store(beat, 2, 0)
    session.disconnect()
    asked = false
    unchanged = 0
    if (told) parentPort.postMessage('unwound')
  }
  const expression = `globalThis[Symbol.for(${JSON.stringify(hook)})]?.(${stuckAt}, ${retries >= MOST_RETRIES})`
  session.post('Runtime.evaluate', { expression, returnByValue: true }, (error, answer) => {
    const said = error === null ? answer.result.value : null
    if (said === 'ready') session.post('Runtime.terminateExecution', () => over(true))
    else if (said === 'inside') {
      session.disconnect()
      setTimeout(() => ask(stuckAt, retries + 1), RETRY_MS)
    } else over(false)
  })
}
