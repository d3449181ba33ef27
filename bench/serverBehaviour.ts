/** Before anything is measured: whether a server's answers are right, and what it does with connections. */
import { connect } from 'node:net'
import { readResponses } from '../shared/testing/responses.ts'
import { AnswerReader } from './answerReader.ts'
import { type Exchange, type ExchangeName, exchange, requestText } from './exchanges.ts'

export interface ServerBehaviour {
  /** Leaves a connection open after an answer. */
  keeps: boolean
  /** Ends it when the request says so. */
  closesWhenAsked: boolean
  /** Ends connections without saying in the answer that it will. */
  silent: boolean
  /** While one kept connection is open, another is not answered. */
  oneAtATime: boolean
}

interface Conversation {
  /** All that came; null when no whole answer came in time. */
  text: string | null
  /** Whether the server ended the connection. */
  ended: boolean
  /** Whether the answer has no other end than the connection's. */
  endsWithStream: boolean
  saysClose: boolean
  hangUp: () => void
}

/** Less than servers wait before they end a connection that keeps them waiting: that would look like an answer's end. */
const ANSWER_MS = 3000
/** How long a connection has to stay open behind an answer to count as kept. */
const KEPT_MS = 200

function converse(port: number, request: string, waitMs = ANSWER_MS): Promise<Conversation> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port, noDelay: true })
    const reader = new AnswerReader()
    let text = ''
    let complete = false
    const done = (ended: boolean) => {
      clearTimeout(timer)
      const { endsWithStream, saysClose } = reader
      resolve({ text: complete ? text : null, ended, endsWithStream, saysClose, hangUp: () => socket.destroy() })
    }
    let timer = setTimeout(() => done(false), waitMs)
    socket.on('connect', () => socket.write(request))
    socket.on('data', (data: Buffer) => {
      text += data.toString('latin1')
      if (complete || !reader.push(data)) return
      complete = true
      clearTimeout(timer)
      timer = setTimeout(() => done(false), KEPT_MS)
    })
    socket.on('end', () => {
      complete ||= reader.endsWithStream
      done(true)
    })
    socket.on('error', () => done(true))
  })
}

/** What is wrong with the answer, if anything is; and whether it has no other end than the connection's. */
export async function tryExchange(
  port: number,
  name: ExchangeName,
): Promise<{ problem: string | null; endsWithStream: boolean }> {
  const asked = exchange(name)
  const { text, endsWithStream, hangUp } = await converse(port, requestText(asked, false))
  hangUp()
  return { problem: text === null ? 'no whole answer' : wrong(text, asked), endsWithStream }
}

function wrong(text: string, { method, answer }: Exchange): string | null {
  // A server may speak HTTP/1.0; the rest is read as strictly.
  const [response] = readResponses(text.replace(/^HTTP\/1\.0 /, 'HTTP/1.1 '), [method])
  if (response?.status !== 200) return `answered ${response?.status}`
  return response.body === answer ? null : `answered ${JSON.stringify(response.body.slice(0, 40))}`
}

/** Asks a few times, and looks at what becomes of the connections. */
export async function behaviourOf(port: number): Promise<ServerBehaviour> {
  const kept = await converse(port, requestText(exchange('hello'), false))
  // Only beside a connection that is still open is it of interest.
  const beside = kept.ended ? null : await converse(port, requestText(exchange('hello'), false), 1000)
  kept.hangUp()
  beside?.hangUp()
  const closed = await converse(port, requestText(exchange('hello'), true))
  closed.hangUp()
  return {
    keeps: !kept.ended,
    closesWhenAsked: closed.ended,
    silent: kept.ended && !kept.saysClose,
    oneAtATime: beside !== null && beside.text === null,
  }
}
