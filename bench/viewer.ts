/** A client that reads `/live` as a page does: it takes every message, and draws nothing. Argument: the page's URL. */
import { decode, encode } from '@msgpack/msgpack'
import { WebSocket } from 'ws'
import { ServerMessage } from '../shared/wire.ts'

const url = process.argv[2] ?? ''
const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/live`, { origin: url })
socket.on('open', () => socket.send(encode({ type: 'resume', run: null, next: 0 })))
socket.on('error', (error) => {
  console.error(error.message)
  process.exit(1)
})

/** What was there before is caught up with first: it is paid for once, whatever comes later. */
const catchUp = (data: Buffer): void => {
  const message = ServerMessage.parse(decode(data))
  if (message.type !== 'snapshot' || !message.last) return
  socket.off('message', catchUp)
  socket.on('message', () => undefined)
  console.log('{"watching":true}')
}
socket.on('message', catchUp)
