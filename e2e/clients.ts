/** What sends requests: the real curl, and plain sockets for what curl would never send. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runProgram } from './server.ts'

export interface CurlResult {
  code: number | null
  stdout: Buffer
  stderr: string
  /** The bytes that curl says it has sent. */
  sent: Buffer
}

/** Runs curl; `-s` and `--trace` are added. */
export async function curl(...args: string[]): Promise<CurlResult> {
  const folder = await mkdtemp(join(tmpdir(), 'wsgiscope-curl-'))
  const trace = join(folder, 'trace')
  try {
    const result = await runProgram('curl', ['-q', '-s', '-S', '--noproxy', '*', '--trace', trace, ...args])
    return { ...result, sent: sentBytes(await readFile(trace, 'latin1')) }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** curl's own record of what it sent: hexadecimal dumps behind `=> Send header` and `=> Send data`. */
function sentBytes(trace: string): Buffer {
  const sent: Buffer[] = []
  let sending = false
  for (const line of trace.split('\n')) {
    const dump = /^[0-9a-f]{4,}: ((?:[0-9a-f]{2} ){1,16})/.exec(line)
    if (dump === null) sending = /^=> Send (header|data)/.test(line)
    else if (sending) sent.push(Buffer.from((dump[1] ?? '').replaceAll(' ', ''), 'hex'))
  }
  return Buffer.concat(sent)
}

export interface RawConnection {
  write(data: string | Uint8Array): void
  /** Ends this side: the server reads the end of the stream. */
  end(): void
  /** What has come so far. */
  received(): Buffer
  /** Everything that came, once the other side has ended too. */
  closed: Promise<Buffer>
  destroy(): void
}

/** Opens a connection; text is sent as latin-1, one byte per character. */
export function openConnection(host: string, port: number): Promise<RawConnection> {
  const socket = connect({ host, port, noDelay: true })
  const parts: Buffer[] = []
  socket.on('data', (data: Buffer) => parts.push(data))
  const closed = new Promise<Buffer>((resolve, reject) => {
    socket.once('error', reject)
    socket.once('close', () => resolve(Buffer.concat(parts)))
  })
  // Whoever does not wait for the end does not hear of its failure either.
  closed.catch(() => undefined)
  return new Promise((resolve, reject) => {
    socket.once('error', reject)
    socket.once('connect', () =>
      resolve({
        write: (data) => socket.write(typeof data === 'string' ? Buffer.from(data, 'latin1') : data),
        end: () => socket.end(),
        received: () => Buffer.concat(parts),
        closed,
        destroy: () => socket.destroy(),
      }),
    )
  })
}

/** Sends bytes in one piece on a connection of their own, and returns all that comes until the server closes it. */
export async function sendRaw(address: { host: string; port: number }, data: string | Uint8Array): Promise<Buffer> {
  const connection = await openConnection(address.host, address.port)
  connection.write(data)
  return await connection.closed
}
