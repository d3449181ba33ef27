/**
 * A small load generator, for where wrk is not installed: each connection sends one request and waits for its answer.
 * Arguments: port, connections, seconds, `keep-alive` or `close`, exchange. Writes a LoadResult.
 */
import { connect, type Socket } from 'node:net'
import * as z from 'zod'
import { AnswerReader } from './answerReader.ts'
import { EXCHANGES, exchange, requestText } from './exchanges.ts'
import type { LoadResult } from './loadResult.ts'
import { percentile } from './statistics.ts'

const [port = 0, connections = 1, seconds = 1] = process.argv.slice(2, 5).map(Number)
const closes = process.argv[5] === 'close'
const request = Buffer.from(requestText(exchange(z.enum(EXCHANGES).parse(process.argv[6])), closes))
const waits: number[] = []
const counts = { refused: 0, failed: 0, cut: 0 }
let over = false
const sockets = new Set<Socket>()

function open(): void {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  sockets.add(socket)
  let reader: AnswerReader | null = null
  let sentAt = 0
  const send = () => {
    reader = new AnswerReader()
    sentAt = performance.now()
    socket.write(request)
  }
  const answered = ({ status }: AnswerReader) => {
    waits.push(performance.now() - sentAt)
    if (status < 200 || status > 399) counts.refused++
    reader = null
  }
  socket.on('connect', send)
  socket.on('data', (data: Buffer) => {
    if (reader === null || !reader.push(data)) return
    const { saysClose } = reader
    answered(reader)
    if (!closes && !saysClose && !over) send()
  })
  socket.on('error', () => {
    if (sentAt === 0 && !over) counts.failed++
  })
  socket.on('close', () => {
    sockets.delete(socket)
    if (over) return
    if (reader?.endsWithStream) answered(reader)
    else if (reader !== null) counts.cut++
    open()
  })
}

const began = performance.now()
for (let n = 0; n < connections; n++) open()
setTimeout(() => {
  over = true
  const requests = waits.length
  const latency = (share: number) => (requests === 0 ? 0 : percentile(waits, share))
  const result: LoadResult = {
    requests,
    perSecond: requests / ((performance.now() - began) / 1000),
    p50Ms: latency(0.5),
    p99Ms: latency(0.99),
    ...counts,
  }
  console.log(JSON.stringify(result))
  for (const socket of sockets) socket.destroy()
}, seconds * 1000)
