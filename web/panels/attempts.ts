/** What can be tried next, as data. Each is a command for the terminal, or says how to start what it needs. */
import type { DeploymentKind } from '../../shared/trace/deployment.ts'
import type { AppInfo } from '../sources/source.ts'
import { gatewayAddress } from '../store/addresses.ts'

export type AttemptName = 'post' | 'pieces' | 'crashBefore' | 'crashAfter' | 'refused' | 'own'

interface Attempt {
  readonly name: AttemptName
  /** What is typed, for a gateway at this address; null where there is no request to it. */
  readonly line: ((address: string) => string) | null
  /** The sample that answers it, where not every application does; `own` is the person's. */
  readonly app: string | null
  /**
   * Where it is what its name says. The naive server refuses nothing, and sends all pieces at once, behind whatever went
   * wrong; behind a tap there is an application of which nothing is known.
   */
  readonly where: readonly DeploymentKind[]
}

const OWN = 'path/to/app.py:app'
const sample = (file: string): string => `shared/apps/${file}:app`

export const ATTEMPTS: readonly Attempt[] = [
  {
    name: 'post',
    line: (address) => `curl -i -d 'name=Ada&city=London' ${address}/hello`,
    app: null,
    where: ['direct', 'uwsgi', 'sixty-lines', 'tap'],
  },
  {
    name: 'pieces',
    line: (address) => `curl -i '${address}/?n=3'`,
    app: sample('stream.py'),
    where: ['direct', 'uwsgi'],
  },
  {
    name: 'crashBefore',
    line: (address) => `curl -i ${address}/before`,
    app: sample('error.py'),
    where: ['direct', 'uwsgi', 'sixty-lines'],
  },
  {
    name: 'crashAfter',
    line: (address) => `curl -i ${address}/after`,
    app: sample('error.py'),
    where: ['direct', 'uwsgi'],
  },
  {
    // RFC 9112 section 3.2: a request of HTTP/1.1 without Host is refused.
    name: 'refused',
    line: (address) => `curl -i -H 'Host:' ${address}/`,
    app: null,
    where: ['direct', 'uwsgi'],
  },
  { name: 'own', line: null, app: OWN, where: ['direct', 'uwsgi', 'sixty-lines', 'tap', 'uwsgi-tap'] },
]

export type NextStep =
  /** A command for the page's terminal. */
  | { readonly kind: 'run'; readonly line: string }
  /** What is typed where the server was started, and what is sent to it then. */
  | { readonly kind: 'start'; readonly command: string; readonly line: string | null }

export function nextStep({ line, app }: Attempt, served: AppInfo, address: string, kind: DeploymentKind): NextStep {
  if (line !== null && (app === null || isServed(app, served))) return { kind: 'run', line: line(address) }
  const server = kind === 'sixty-lines' && app !== OWN ? ' --server sixty-lines' : ''
  // What is started like this is where a server is that nobody has told another address.
  return {
    kind: 'start',
    command: `npm run -s wsgiscope -- ${app}${server}`,
    line: line?.(gatewayAddress(null)) ?? null,
  }
}

/** Whether what is served is this sample, from whatever folder it was named. */
function isServed(app: string, served: AppInfo): boolean {
  const [file = '', callable] = app.split(':')
  const path = served?.file?.replaceAll('\\', '/') ?? ''
  return path.endsWith(`/${file}`) && served?.callable === callable
}
