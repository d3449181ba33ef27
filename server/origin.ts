/**
 * Which requests to the page's port are meant. A page elsewhere must not reach this server through the reader's browser:
 * neither as itself (Origin), nor by a name of its own that resolves to this machine (DNS rebinding: Host).
 */
import type { IncomingMessage } from 'node:http'

const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']

/** Whether only this machine can connect to a server that listens on `host`. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host)
}

const bracketed = (host: string): string => (host.includes(':') && !host.startsWith('[') ? `[${host}]` : host)

/**
 * Why a request is refused, or null. Accepted are the loopback names, the name that the server was told to listen on, and
 * the address that the connection came in on, each with the port of the connection. Origin may be missing: then it is no
 * browser that asks on behalf of another page.
 */
export function whyRefused(request: IncomingMessage, listening: string): string | null {
  const { localAddress = '', localPort = 0 } = request.socket
  const arrived = localAddress.replace(/^::ffff:/, '')
  const names = [...LOOPBACK_NAMES, bracketed(listening), bracketed(arrived)].map((name) => name.toLowerCase())
  const authorities = names.map((name) => `${name}:${localPort}`)
  if (localPort === 80) authorities.push(...names)
  const { host, origin } = request.headers
  if (host === undefined || !authorities.includes(host.toLowerCase())) {
    return `Host ${JSON.stringify(host ?? '')} is not this server, which is ${authorities[0]}`
  }
  if (origin !== undefined && !authorities.some((authority) => origin.toLowerCase() === `http://${authority}`)) {
    return `Origin ${JSON.stringify(origin)} has no business here`
  }
  return null
}

/**
 * Why a request that a page elsewhere has caused is refused, or null. A browser says whose page it was (Fetch Metadata,
 * Sec-Fetch-Site): only this one may ask for what costs or tells something. `same-site` is elsewhere too, since the
 * application that is served has another port of the same host. Whoever is no browser does not say; and a link to the page
 * may be anywhere.
 */
export function whyNotSameOrigin(request: IncomingMessage, isPage: boolean): string | null {
  const { 'sec-fetch-site': site, 'sec-fetch-mode': mode, 'sec-fetch-dest': dest } = request.headers
  if (site === undefined || site === 'same-origin' || site === 'none') return null
  if (isPage && mode === 'navigate' && dest === 'document') return null
  return `a page elsewhere asks (Sec-Fetch-Site: ${JSON.stringify(site)}): only the page of this server may`
}
