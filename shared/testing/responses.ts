/** Reads what a gateway sent, the way a client does. Strict on purpose: what does not fit throws. */

export interface ReadResponse {
  status: number
  /** Names in lower case. */
  headers: Record<string, string>
  body: string
}

/** `methods`: of the requests that were answered, in order; a response to HEAD has no body. */
export function readResponses(text: string, methods: readonly string[]): ReadResponse[] {
  const responses: ReadResponse[] = []
  let rest = text
  let answered = 0
  while (rest !== '') {
    const end = rest.indexOf('\r\n\r\n')
    const [statusLine = '', ...lines] = rest.slice(0, end).split('\r\n')
    const status = /^HTTP\/1\.1 (\d{3}) /.exec(statusLine)?.[1]
    if (end === -1 || status === undefined) throw new Error(`not a response: ${JSON.stringify(rest.slice(0, 200))}`)
    const headers: Record<string, string> = {}
    for (const line of lines) {
      const colon = line.indexOf(': ')
      headers[line.slice(0, colon).toLowerCase()] = line.slice(colon + 2)
    }
    const bodiless = status.startsWith('1') || status === '204' || status === '304' || methods[answered] === 'HEAD'
    if (!status.startsWith('1')) answered++
    const { body, left } = bodiless ? { body: '', left: rest.slice(end + 4) } : readBody(headers, rest.slice(end + 4))
    responses.push({ status: Number(status), headers, body })
    rest = left
  }
  return responses
}

function readBody(headers: Record<string, string>, text: string): { body: string; left: string } {
  if (headers['transfer-encoding'] === 'chunked') return readChunks(text)
  const length = headers['content-length']
  if (length === undefined) return { body: text, left: '' }
  if (text.length < Number(length)) throw new Error(`the body has ${text.length} bytes of ${length}`)
  return { body: text.slice(0, Number(length)), left: text.slice(Number(length)) }
}

function readChunks(text: string): { body: string; left: string } {
  let body = ''
  let rest = text
  for (;;) {
    const size = /^([0-9a-f]+)\r\n/.exec(rest)
    if (size?.[1] === undefined) throw new Error(`not a chunk: ${JSON.stringify(rest.slice(0, 40))}`)
    const length = Number.parseInt(size[1], 16)
    const data = rest.slice(size[0].length, size[0].length + length)
    rest = rest.slice(size[0].length + length)
    if (data.length < length || !rest.startsWith('\r\n')) throw new Error('a chunk is cut short')
    rest = rest.slice(2)
    if (length === 0) return { body, left: rest }
    body += data
  }
}
