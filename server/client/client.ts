/**
 * The terminal's client: a small curl, and requests typed byte for byte. It talks to the gateway over a real TCP
 * connection like any other client, and to nothing else.
 */
import { randomBytes } from 'node:crypto'
import { latin1Decode, latin1Encode } from '../../shared/bytes/latin1.ts'
import { BAD_COMMAND, ClientError } from '../../shared/commandLine/clientError.ts'
import { CURL } from '../../shared/commandLine/curlOptions.ts'
import { type CurlRequest, parseCurl, serializeRequest } from '../../shared/commandLine/curlRequest.ts'
import { commandsOf, printedBy } from '../../shared/commandLine/pipeline.ts'
import { bounded, type PrintOutput } from '../../shared/commandLine/printing.ts'
import type { ResponseHead } from '../../shared/http1/responseHead.ts'
import {
  ResponseError,
  type ResponseFault,
  type ResponsePiece,
  ResponseReader,
} from '../../shared/http1/responseReader.ts'
import { AnswerBody, type Outcome } from './answer.ts'
import { type ClientContext, CODE, converse } from './converse.ts'

/** curl's exit codes: CURLE_WEIRD_SERVER_REPLY, CURLE_PARTIAL_FILE, CURLE_GOT_NOTHING, CURLE_RECV_ERROR. */
const FAULT_CODE: Readonly<Record<ResponseFault, number>> = {
  weird: 8,
  partial: 18,
  nothing: 52,
  framing: CODE.receive,
}

/** How long curl waits for a 100 before it sends the body regardless. */
const EXPECT_MS = 1000

/** A request typed by hand is answered when its response is complete and nothing further comes for this long. */
const QUIET_MS = 500

/** Carries out a command line. Resolves with 0 or curl's exit code; never rejects for what was typed or answered. */
export async function runCommand(line: string, context: ClientContext): Promise<number> {
  const print = bounded(context.print)
  let name: string | undefined
  try {
    const commands = commandsOf(line)
    const last = commands.at(-1)
    if (last === undefined) return 0
    const [before, ...others] = commands.slice(0, -1).reverse()
    const words = last.slice(1)
    const hasCurl = commands.some(([first]) => first === CURL.name)
    name = hasCurl ? CURL.name : last[0]
    if (last[0] !== CURL.name) {
      const why = hasCurl ? 'what curl prints can be piped nowhere' : `it knows: ${CURL.name}`
      throw new ClientError(BAD_COMMAND, `${last[0] ?? ''}: not a command here; this is not a shell, ${why}`)
    }
    if (others.length > 0) throw new ClientError(BAD_COMMAND, 'one pipe at most: printf or echo, then curl')
    const piped = before === undefined ? null : printedBy(before)
    const boundary = `------------------------${randomBytes(11).toString('hex')}`
    const request = parseCurl(words, context.gateway, `wsgiscope-client/${context.version}`, boundary, piped)
    for (const note of request.notes) print('note', latin1Encode(`* ${note}\n`))
    return await fetchAll(request, { ...context, print })
  } catch (error) {
    return explain(error, print, name === CURL.name)
  }
}

/** The request, and those that its redirects lead to. */
async function fetchAll(first: CurlRequest, context: ClientContext): Promise<number> {
  let request = first
  for (let left = first.redirects; ; left--) {
    const { code, redirect } = await fetchOne(request, context)
    if (redirect === null) return code
    if (left === 0) {
      throw new ClientError(CODE.redirects, `Maximum (${first.redirects}) redirects followed`)
    }
    request = request.redirectedTo(redirect.status, redirect.location)
  }
}

/** Sends `bytes` exactly as they are, and prints what comes back exactly as it is. Resolves as `runCommand` does. */
export async function sendRaw(bytes: Uint8Array, context: ClientContext): Promise<number> {
  const print = bounded(context.print)
  const method = /^\s*(\S+)/.exec(latin1Decode(bytes.subarray(0, 64)))?.[1] ?? ''
  const reader = new ResponseReader((response) => (response === 0 ? method : ''))
  let quiet: NodeJS.Timeout | undefined
  try {
    return await converse({ ...context, print }, (socket, end) => {
      socket.write(bytes)
      return {
        onData(data) {
          clearTimeout(quiet)
          print('out', data)
          reader.push(data)
          if (reader.between && reader.responses > 0) quiet = setTimeout(() => end(0), QUIET_MS)
        },
        onEnd() {
          reader.end()
          end(0)
        },
      }
    })
  } catch (error) {
    return explain(error, print, true)
  } finally {
    clearTimeout(quiet)
  }
}

/** `asCurl`: with curl's name and code before the message, as curl prints it. */
function explain(error: unknown, print: PrintOutput, asCurl: boolean): number {
  if (!(error instanceof ClientError || error instanceof ResponseError)) throw error
  const code = error instanceof ClientError ? error.code : FAULT_CODE[error.fault]
  print('error', Buffer.from(`${asCurl ? `curl: (${code}) ` : ''}${error.message}\n`))
  return code
}

function fetchOne(request: CurlRequest, context: ClientContext): Promise<Outcome> {
  const { print } = context
  const note = (line: string) => {
    if (request.verbose) print('note', latin1Encode(line))
  }
  note(`*   Trying ${context.gateway.host}:${context.gateway.port}...\n`)
  let waiting: NodeJS.Timeout | undefined
  return converse<Outcome>(context, (socket, end) => {
    note(`* Connected to ${request.hostname} (${context.gateway.host}) port ${context.gateway.port}\n`)
    const { head, body } = serializeRequest(request)
    for (const line of head.split('\r\n').slice(0, -1)) note(`> ${line}\n`)
    let unsent = body
    const sendBody = () => {
      clearTimeout(waiting)
      if (unsent !== '') socket.write(latin1Encode(unsent))
      unsent = ''
    }
    if (body !== '' && request.headers.some(([name]) => name.toLowerCase() === 'expect')) {
      socket.write(latin1Encode(head))
      // RFC 9110 section 10.1.1: a client does not wait for a 100 for ever.
      waiting = setTimeout(() => {
        note('* Done waiting for 100-continue\n')
        sendBody()
      }, EXPECT_MS)
    } else {
      socket.write(latin1Encode(head + body))
      unsent = ''
    }

    const onHead = (received: ResponseHead, interim: boolean) => {
      for (const line of latin1Decode(received.raw).split(/\r?\n/).slice(0, -1)) note(`< ${line}\n`)
      if (request.include) print('out', received.raw)
      if (!interim) answer = new AnswerBody(request, received, print)
      if (received.status === 100) sendBody()
      else if (!interim) {
        clearTimeout(waiting)
        if (unsent !== '') note('* the server answered without waiting for the body, which is not sent\n')
      }
    }
    let answer: AnswerBody | null = null
    const onPiece = (piece: ResponsePiece) => {
      if (piece.kind === 'head') onHead(piece.head, piece.interim)
      else if (piece.kind === 'body') answer?.take(piece.data)
      else if (piece.kind === 'trailer') note(`< ${piece.line}\n`)
      else if (piece.kind === 'end') {
        note(piece.keepAlive ? `* Connection #0 to host ${request.hostname} left intact\n` : '* Closing connection 0\n')
        end(answer?.end() ?? { code: 0, redirect: null })
      }
    }
    const reader = new ResponseReader(() => request.method)
    return {
      onData(data) {
        for (const piece of reader.push(data)) onPiece(piece)
      },
      onEnd() {
        for (const piece of reader.end()) onPiece(piece)
      },
    }
  }).finally(() => clearTimeout(waiting))
}
