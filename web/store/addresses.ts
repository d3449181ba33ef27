/** Addresses of this gateway, as one types them behind curl. */
import type { TraceHeader } from '../../shared/trace/events.ts'
import { readable } from '../readable.ts'
import type { TraceState } from './trace.ts'

const RECENT = 50

/** `localhost:8888`. What is bound to loopback or to everything is reached as localhost. */
export function gatewayAddress(header: TraceHeader | null): string {
  if (header === null) return 'localhost:8888'
  const { host, port } = header.gateway
  if (['127.0.0.1', '::1', '0.0.0.0', '::', ''].includes(host)) return `localhost:${port}`
  return addressText(header.gateway)
}

/** As it is; of a Unix domain socket, `unix:` and its path. */
export function addressText({ host, port }: TraceHeader['gateway']): string {
  if (host.startsWith('unix:')) return host
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}

/** Where clients connect to: behind curl, or as nginx is told it, for which localhost would be two addresses. */
export const clientAddress = (header: TraceHeader): string =>
  takesHttp(header) ? gatewayAddress(header) : addressText(header.gateway)

/** Whether requests of HTTP can be sent there. */
export const takesHttp = (header: TraceHeader | null): boolean => header?.tap?.protocol !== 'uwsgi'

/** The gateway's address, and the targets that were asked for last. */
export function recentAddresses({ header, index }: Pick<TraceState, 'header' | 'index'>): string[] {
  const address = gatewayAddress(header)
  const targets = index.exchanges
    .slice(-RECENT)
    .flatMap(({ target }) => (target?.startsWith('/') ? [readable(target)] : []))
  return [...new Set([`${address}/`, ...targets.reverse().map((target) => `${address}${target}`)])]
}
