/** Bodies in codings and charsets, by path; cookies; secrets that an application gives away. */
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import type { Application } from '../../../shared/wsgi/application.ts'

const TEXT = 'decoded text\n'.repeat(70).slice(0, 900)

/** ISO-2022-JP, Shift_JIS, EUC-JP, GBK, KOI8-R: the same few letters as their tables have them. */
const CHARSETS: Readonly<Record<string, [type: string, body: Buffer]>> = {
  '/iso-2022-jp': ['text/plain; charset=ISO-2022-JP', Buffer.from('\x1b$BF|K\\\x1b(B', 'latin1')],
  '/shift_jis': ['text/plain; charset=Shift_JIS', Buffer.from('\x93\xfa\x96\x7b', 'latin1')],
  '/gbk': ['text/plain; charset="gbk"', Buffer.from('\xc4\xe3\xba\xc3', 'latin1')],
  '/latin-1': ['text/plain; charset=iso-8859-1', Buffer.from('caf\xe9', 'latin1')],
  '/utf-16': ['text/plain; charset=utf-16', Buffer.from('hi', 'utf16le')],
  '/utf-16-bom': ['text/plain; charset=utf-16', Buffer.from('\xfe\xff\0h\0i', 'latin1')],
  '/utf-16-unsaid': ['text/plain', Buffer.from('\xff\xfeh\0i\0', 'latin1')],
  '/meta': ['text/html', Buffer.from('<meta charset="gbk">\xc4\xe3', 'latin1')],
  '/unknown': ['text/plain; charset=utf-99', Buffer.from('你')],
  '/binary': ['application/octet-stream', Buffer.from([0, 255, 128])],
}

const CODINGS: Readonly<Record<string, [coding: string, body: Buffer]>> = {
  '/gzip': ['gzip', gzipSync(TEXT)],
  '/x-gzip': ['x-gzip', gzipSync(TEXT)],
  '/deflate': ['deflate', deflateSync(TEXT)],
  '/deflate-raw': ['deflate', deflateRawSync(TEXT)],
  '/br': ['br', brotliCompressSync(TEXT)],
  '/twice': ['gzip, br', brotliCompressSync(gzipSync(TEXT))],
  '/identity': ['identity', Buffer.from(TEXT)],
  '/not-gzip': ['gzip', Buffer.from('plain after all')],
  '/cut': ['gzip', gzipSync(TEXT).subarray(0, -12)],
  '/zstd': ['zstd', Buffer.from('\x28\xb5\x2f\xfd\x04\x00', 'latin1')],
}

/** Broken at its very end, where nobody should get to. */
function bomb(): Buffer {
  const packed = gzipSync(Buffer.alloc(64 * 1024 * 1024, 'x'))
  packed.writeUInt32LE(0, packed.length - 8)
  return packed
}

export const contents: Application = (environ, start) => {
  const path = environ.PATH_INFO
  const [type, charsetBody] = CHARSETS[path] ?? ['text/plain; charset=utf-8', null]
  const [coding, codedBody] = path === '/bomb' ? ['gzip', bomb()] : (CODINGS[path] ?? [null, Buffer.from('hello')])
  start('200 OK', [
    ['Content-Type', type],
    ...(coding === null ? [] : [['Content-Encoding', coding] as [string, string]]),
  ])
  return [new Uint8Array(charsetBody ?? codedBody)]
}

export const cookies: Application = (_, start) => {
  start('200 OK', [
    ['Content-Type', 'text/plain'],
    ['Set-Cookie', 'sid=abcdefgh; Path=/; Expires=Wed, 21 Oct 2035 07:28:00 GMT; HttpOnly'],
    ['Set-Cookie', 'theme=dark; Domain=a.test; Max-Age=60; Secure; SameSite=Lax'],
    ['Set-Cookie', 'old=; expires=Thu, 01-Jan-1970 00:00:00 GMT'],
    ['Set-Cookie', 'nameless'],
  ])
  return [new Uint8Array(Buffer.from('ok\n'))]
}

/**
 * Gives away all that it was given, in the way that X-Leak says: how it is written, and how long its chunks are. It sets a
 * cookie and prints a CSRF token of its own, which the query `own` names.
 */
export const leaky: Application = (environ, start) => {
  const [form = 'plain', size = '7', own = ''] = String(environ.HTTP_X_LEAK ?? '').split(' ')
  const body = Buffer.from(environ['wsgi.input'].read())
  const strings = Object.entries(environ).filter(([, value]) => typeof value === 'string')
  const told = `${strings.map(([key, value]) => `${key}: ${String(value)}`).join('\n')}\n\n${body.toString('latin1')}\n`
  const page = `${told}<input type="hidden" name="csrf_token" value="${own}">`
  environ['wsgi.errors'].write(`served ${JSON.stringify(strings)}\n`)
  if (form === 'raise') throw new Error(`failed with ${told}`)
  const written: Readonly<Record<string, () => Buffer>> = {
    plain: () => Buffer.from(page, 'latin1'),
    json: () => Buffer.from(JSON.stringify({ page })),
    percent: () => Buffer.from(encodeURIComponent(page)),
    utf16: () => Buffer.from(page, 'utf16le'),
    gzip: () => gzipSync(Buffer.from(page, 'latin1')),
  }
  const bytes = written[form]?.() ?? Buffer.from(page, 'latin1')
  const headers: [string, string][] = [['Content-Type', form === 'utf16' ? 'text/html; charset=utf-16le' : 'text/html']]
  if (form === 'gzip') headers.push(['Content-Encoding', 'gzip'])
  if (own !== '') headers.push(['Set-Cookie', `own=${own}; HttpOnly`])
  start('200 OK', headers)
  const chunks: Uint8Array[] = []
  const length = Number(size)
  for (let at = 0; at < bytes.length; at += length) chunks.push(Uint8Array.from(bytes.subarray(at, at + length)))
  return chunks
}
