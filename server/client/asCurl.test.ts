/** What the small curl sends is what curl sends, byte for byte: both are asked to, and heard by the same server. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:net'
import { expect, onTestFinished, test } from 'vitest'
import { runCommand } from './client.ts'

/** A server that answers everything, and remembers what it was sent, latin-1. */
async function listener() {
  const heard: string[] = []
  const server = createServer((socket) => {
    socket.on('error', () => socket.destroy())
    let text = ''
    socket.on('data', (data) => {
      text += data.toString('latin1')
      const [head = '', body = ''] = text.split(/\r\n\r\n(.*)/s)
      const length = Number(/^Content-Length: (\d+)$/im.exec(head)?.[1] ?? '0')
      if (!text.includes('\r\n\r\n') || body.length < length) return
      heard.push(text)
      socket.end('HTTP/1.1 204 No Content\r\n\r\n')
    })
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  onTestFinished(() => {
    server.close()
  })
  const address = server.address()
  return { heard, port: typeof address === 'object' ? (address?.port ?? 0) : 0 }
}

/** Without what is the client's own, or differs from one version of curl to another: names, boundary, codings, blanks, case. */
function comparable(request = ''): string[] {
  const [head = '', body = ''] = request.split(/\r\n\r\n(.*)/s)
  const length = /^Content-Length: (\d+)$/m.exec(head)?.[1]
  if (length !== undefined) expect(body).toHaveLength(Number(length))
  const boundary = /boundary=(-+\w+)/.exec(head)?.[1]
  const text = `${head}\r\n\r\n${body}`
    .replace(/User-Agent: (curl|wsgiscope-client)\/\S+/, 'User-Agent: own')
    .replace(/Accept-Encoding: .*/, 'Accept-Encoding: own')
    .replace(/^(Content-Length: ).*/m, '$1own')
    .replace(/^Cookie: .*/m, (line) => line.replaceAll(/; */g, ';'))
    .replaceAll(/%[0-9a-f]{2}/g, (encoded) => encoded.toUpperCase())
  const [first = '', ...lines] = (boundary === undefined ? text : text.replaceAll(boundary, 'BOUNDARY')).split('\r\n')
  const end = lines.indexOf('')
  return [first, ...lines.slice(0, end).sort(), ...lines.slice(end)]
}

test.each([
  `curl URL`,
  `curl 'URL/login' -H 'content-type: application/x-www-form-urlencoded' --data-raw 'user=a&pw=b' --compressed`,
  `curl -u user:pass URL`,
  `curl -u 'user:pa:ss' -H 'X-A: 1' URL`,
  `curl --oauth2-bearer abc URL`,
  `curl -b 'a=1' -b 'b=2; c=3' URL`,
  `curl -A 'Mozilla/5.0 (X11)' -e http://x/ URL`,
  `curl -A '' URL`,
  `curl -r 0-99 URL`,
  `curl -F 'f=hello' -F 'g=<b>;type=text/html' URL`.replace('g=<b>', 'g=b'),
  `curl -F 'f=text;filename=a.txt' URL`,
  `curl --form-string 'f=@x;type=y' URL`,
  `curl -F 'f="quo\\"ted; value"' URL`,
  `curl -G -d 'a=1' --data-urlencode 'b=c d&é' 'URL/?z=0'`,
  `curl --data-urlencode '=a b' --data-urlencode 'c d' URL`,
  `curl --json '{"a":' --json '1}' URL`,
  `curl --json '{}' -H 'Accept: text/plain' URL`,
  `curl -sS URL`,
  `curl --globoff 'URL/?a[]=1'`,
  `curl --request-target '*' -X OPTIONS URL`,
  `curl -X DELETE -d x --url URL`,
  `curl -d $'it\\'s\\n\\x01' URL`,
  `printf '%s\\001\\n' 'a b' | curl --data-binary @- URL`,
  `echo hello | curl -d @- URL`,
  `curl -I -G -d a=1 URL`,
  `curl 'http://me:p%40ss@HOST/'`,
  `curl -H 'Host: other.example' --noproxy '*' URL`,
])('%s', async (template) => {
  const { heard, port } = await listener()
  const line = template.replaceAll('URL', `http://127.0.0.1:${port}`).replaceAll('HOST', `127.0.0.1:${port}`)
  const real = spawn('bash', ['-c', line], { stdio: 'ignore' })
  await once(real, 'close')
  const errors: string[] = []
  const context = {
    gateway: { host: '127.0.0.1', port },
    version: '1',
    signal: new AbortController().signal,
    room: () => null,
    heard: () => undefined,
    print: (stream: string, bytes: Uint8Array) => {
      if (stream === 'error') errors.push(Buffer.from(bytes).toString())
    },
  }
  expect(await runCommand(line, context), errors.join('')).toBe(0)
  expect(heard).toHaveLength(2)
  expect(comparable(heard[1])).toEqual(comparable(heard[0]))
})
