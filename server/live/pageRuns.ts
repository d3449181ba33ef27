/** The requests that one page's terminal has under way. What they print goes to the page as fast as it takes it. */

import { latin1Encode } from '../../shared/bytes/latin1.ts'
import type { GatewayAddress } from '../../shared/commandLine/url.ts'
import type { PageMessage } from '../../shared/wire.ts'
import { runCommand, sendRaw } from '../client/client.ts'
import type { Viewer } from './viewer.ts'
import { MessageError } from './wireCoding.ts'

/** Requests that one page's terminal may have under way. */
export const MOST_RUNS = 8

const NOT_HTTP = 'This tap passes uwsgi on, and curl speaks HTTP: send the request to the server in front of the tap.\n'

type RunMessage = Extract<PageMessage, { type: 'client.run' | 'client.raw' }>

export class PageRuns {
  readonly #viewer: Viewer
  readonly #gateway: GatewayAddress | null
  readonly #version: string
  readonly #runs = new Map<number, AbortController>()

  constructor(viewer: Viewer, gateway: GatewayAddress | null, version: string) {
    this.#viewer = viewer
    this.#gateway = gateway
    this.#version = version
  }

  /** @throws MessageError */
  start(message: RunMessage): void {
    if (this.#runs.has(message.id)) throw new MessageError(`id ${message.id} is under way`)
    if (this.#runs.size >= MOST_RUNS) {
      throw new MessageError(`${MOST_RUNS} requests of this page are under way: wait for one, or cancel it`)
    }
    void this.#run(message)
  }

  cancel(id: number): void {
    this.#runs.get(id)?.abort()
  }

  /** The page has gone. */
  end(): void {
    for (const run of this.#runs.values()) run.abort()
  }

  async #run(message: RunMessage): Promise<void> {
    const { id } = message
    const viewer = this.#viewer
    const run = new AbortController()
    this.#runs.set(id, run)
    const gateway = this.#gateway
    if (gateway === null) {
      viewer.output({ type: 'client.output', id, stream: 'error', bytes: latin1Encode(NOT_HTTP) })
      viewer.outputAfterEvents({ type: 'client.done', id, code: 1 }, () => this.#runs.delete(id))
      return
    }
    const context = {
      gateway,
      version: this.#version,
      signal: run.signal,
      print: (stream: 'out' | 'note' | 'error', bytes: Uint8Array) =>
        viewer.output({ type: 'client.output', id, stream, bytes: new Uint8Array(bytes) }),
      room: () => viewer.outputRoom(),
      heard: (port: number) => viewer.outputAfterEvents({ type: 'client.heard', id, port }),
    }
    const code = await (message.type === 'client.run'
      ? runCommand(message.line, context)
      : sendRaw(message.bytes, context))
    // It counts until the page has taken all of it: who does not read cannot begin more.
    viewer.outputAfterEvents({ type: 'client.done', id, code }, () => this.#runs.delete(id))
  }
}
