/** How servers are asked: small answers over few and many connections, kept and closed; large bodies over sixteen. */
import type { ExchangeName } from './exchanges.ts'

export interface Setting {
  name: string
  exchange: ExchangeName
  connections: number
  /** Whether each request asks for its connection to be closed. */
  close: boolean
}

const small = (close: boolean, connections: number): Setting => ({
  name: `${close ? 'close' : 'keep-alive'}, ${connections}`,
  exchange: 'hello',
  connections,
  close,
})

const large = (exchange: ExchangeName): Setting => ({ name: exchange, exchange, connections: 16, close: false })

export const SMALL: readonly Setting[] = [1, 16, 256].flatMap((connections) => [
  small(false, connections),
  small(true, connections),
])

export const LARGE: readonly Setting[] = [
  large('1 MiB down'),
  large('1 MiB up'),
  large('chunks down'),
  large('small chunks down'),
  large('chunks up'),
]

/** What the bare server knows, and so what relays in front of it are measured with. */
export const WITHOUT_UPLOADS: readonly Setting[] = [
  ...SMALL,
  ...LARGE.filter(({ exchange }) => exchange === '1 MiB down'),
]
