/** A client that reads `/live` as a page does: it takes every message, and draws nothing. Argument: the page's URL. */
import { encode } from '@msgpack/msgpack'
import { WebSocket } from 'ws'

const url = process.argv[2] ?? ''
const socket = new WebSocket(`${url.replace(/^http/, 'ws')}/live`, { origin: url })
socket.on('open', () => socket.send(encode({ type: 'resume', run: null, next: 0 })))
socket.once('message', () => console.log('{"watching":true}'))
socket.on('message', () => undefined)
socket.on('error', (error) => {
  console.error(error.message)
  process.exit(1)
})
