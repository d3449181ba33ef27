/**
 * Whether the picture has got to the answer that the terminal's client was given: a function of the trace and the playhead.
 * Held is the answer of an exchange that is shown and whose answer has not been sent there yet, and of one that follows the
 * trip that is being played. Everything else is not: an exchange that nobody looks at (another one was chosen, or is read
 * beat by beat, or this one was passed over), and whatever is asked while no server is listened to.
 */
import { answerSentAt } from '../../shared/trace/answerSent.ts'
import type { TraceIndex } from '../../shared/trace/traceIndex.ts'
import type { AnswerInPicture } from '../terminal/heldOutput.ts'
import type { Stores } from './stores.ts'

/** @param port the client's own, as the trace has it in `connection.opened`. */
export function answerInPicture(port: number, { trace, playhead, session }: Stores): AnswerInPicture {
  if (session.getState().status !== 'live') return 'after'
  const own = exchangesFrom(port, trace.getState().index)
  const newest = own.at(-1)
  if (newest === undefined) return 'unknown'
  const { exchange, playhead: at, follow, guided, playing, target, events } = playhead.getState()
  if (exchange === null) return 'after'
  if (own.includes(exchange)) return at < answerSentAt(events()) ? 'before' : 'after'
  const comes = follow && !guided && (playing || target !== null) && newest > exchange
  return comes ? 'before' : 'after'
}

/** Those of the newest connection that began at this port of a client: ports are used again. */
function exchangesFrom(port: number, index: TraceIndex): readonly number[] {
  const began = index.exchanges.findLast(({ conn }) => {
    const opened = index.openingOf(conn)
    return opened?.kind === 'connection.opened' && opened.peer.port === port
  })
  return began === undefined ? [] : index.exchanges.filter(({ conn }) => conn === began.conn).map(({ id }) => id)
}
