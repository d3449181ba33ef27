/** `application.py`, for the gateway that runs TypeScript inside. */
import type { Application, Header } from '../shared/wsgi/application.ts'

const BLOCK = 64 * 1024
const HELLO = Buffer.from('Hello, world!\n')
const MEBIBYTE = Buffer.alloc(1024 * 1024, 'm')
const TEXT: Header = ['Content-Type', 'text/plain; charset=utf-8']

export const app: Application = (environ, start) => {
  const path = environ.PATH_INFO
  if (path === '/stream') {
    start('200 OK', [TEXT])
    return stream()
  }
  if (path === '/pieces') {
    start('200 OK', [TEXT])
    return pieces()
  }
  const body = path === '/mebibyte' ? MEBIBYTE : path === '/count' ? count(environ['wsgi.input']) : HELLO
  start('200 OK', [TEXT, ['Content-Length', String(body.length)]])
  return [body]
}

function* stream() {
  for (let block = 0; block < 16; block++) yield Buffer.alloc(BLOCK, 's')
}

function* pieces() {
  for (let piece = 0; piece < 1000; piece++) yield Buffer.alloc(100, 'p')
}

function count(body: { read(size: number): Uint8Array }) {
  let total = 0
  for (let block = body.read(BLOCK); block.length > 0; block = body.read(BLOCK)) total += block.length
  return Buffer.from(`${total}\n`)
}
