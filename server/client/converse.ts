/** One connection of the terminal's client to the gateway. */
import { connect, type Socket } from 'node:net'
import { ClientError } from '../../shared/commandLine/clientError.ts'
import type { PrintOutput } from '../../shared/commandLine/printing.ts'
import type { GatewayAddress } from '../../shared/commandLine/url.ts'

export interface ClientContext {
  gateway: GatewayAddress
  /** wsgiscope's own version, for User-Agent. */
  version: string
  print: PrintOutput
  /** Resolves when more may be printed; null where it may be now. Until then nothing more of the answer is read. */
  room: () => Promise<void> | null
  /** The server has said something, or ended the connection that is from this port: what is printed next is of that. */
  heard: (port: number) => void
  /** The person has had enough. */
  signal: AbortSignal
}

/** CURLE_COULDNT_CONNECT, CURLE_ABORTED_BY_CALLBACK, CURLE_TOO_MANY_REDIRECTS, CURLE_RECV_ERROR. */
export const CODE = { connect: 7, cancelled: 42, redirects: 47, receive: 56 } as const

interface Conversation {
  onData(data: Uint8Array): void
  onEnd(): void
}

/** One connection, from connecting to `end` (or to whatever goes wrong, which rejects with a ClientError). */
export function converse<R>(
  { gateway, signal, room, heard }: ClientContext,
  begin: (socket: Socket, end: (result: R) => void) => Conversation,
): Promise<R> {
  return new Promise((resolve, reject) => {
    const socket = connect({ ...gateway, host: reachable(gateway.host), noDelay: true })
    /** This end of the connection, once there is one. */
    let port: number | null = null
    let silent = true
    const hear = () => {
      if (silent && port !== null) heard(port)
      silent = port === null
    }
    const settle = (outcome: () => void) => {
      signal.removeEventListener('abort', onAbort)
      outcome()
      socket.destroy()
    }
    const fail = (error: unknown) => settle(() => reject(error))
    const end = (result: R) => settle(() => resolve(result))
    const onAbort = () => fail(new ClientError(CODE.cancelled, 'cancelled'))
    const guarded = (step: () => void) => {
      try {
        step()
      } catch (error) {
        fail(error)
      }
    }
    signal.addEventListener('abort', onAbort)
    if (signal.aborted) onAbort()
    socket.once('connect', () => {
      port = socket.localPort ?? null
      const conversation = begin(socket, end)
      socket.on('data', (data: Buffer) => {
        hear()
        guarded(() => conversation.onData(data))
        const taken = room()
        if (taken === null) return
        socket.pause()
        void taken.then(() => socket.resume())
      })
      socket.on('end', () => {
        hear()
        guarded(() => conversation.onEnd())
      })
    })
    socket.on('error', (error) => {
      hear()
      if (port !== null) fail(new ClientError(CODE.receive, `Recv failure: ${error.message}`))
      else
        fail(
          new ClientError(CODE.connect, `Failed to connect to ${gateway.host} port ${gateway.port}: ${error.message}`),
        )
    })
  })
}

/** An address to listen on that stands for all addresses is reached over loopback. */
function reachable(host: string): string {
  if (host === '0.0.0.0') return '127.0.0.1'
  return host === '::' ? '::1' : host
}
