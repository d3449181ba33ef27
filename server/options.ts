/**
 * The command line: what may be said on it, and what it means. Pure: argv, env and cwd in, options out.
 * Longer than 250 lines: the flags, their help and their errors stand side by side, so that none is forgotten.
 */
import { resolve } from 'node:path'
import { type ParseArgsConfig, parseArgs } from 'node:util'
import type { Speaks } from '../shared/gateway/types.ts'
import type { ReadLimits } from '../shared/http1/limits.ts'
import type { ListenAddress } from './bind.ts'
import { editDistance } from './editDistance.ts'

/** The gateway that follows PEP 3333, or the naive one of sixty lines, to be compared with it. */
const SERVERS = ['pep3333', 'sixty-lines'] as const
type ServerName = (typeof SERVERS)[number]

interface TapOptions {
  /** What everything is passed on to. */
  to: ListenAddress
  /** The absolute path of the Unix domain socket at which it listens; null where it does at a port. */
  socket: string | null
  /** The protocol by which requests come. */
  speaks: Speaks
}

export interface Options {
  /** `module:callable` or `file:callable`; null for the built-in hello. */
  spec: string | null
  /** Which server runs the application. */
  server: ServerName
  /** For `wsgiscope tap`; null for the gateway. */
  tap: TapOptions | null
  host: string
  port: number
  /** Where uwsgi is spoken as well: a port, 0 for a free one, and the absolute path of a Unix domain socket; null for none. */
  uwsgiPort: number | null
  uwsgiSocket: string | null
  /** Where the page is: this machine alone, unless asked for. */
  uiHost: string
  uiPort: number
  workers: number
  /** A path, or `embedded`; undefined for whatever is found. */
  python: string | undefined
  appTimeoutMs: number
  /** Absolute, or `-` for standard output. */
  trace: string | null
  maxBody: number
  /** What a head may be at most, as far as something else than the default was asked for. */
  headLimits: Partial<Pick<ReadLimits, 'requestLine' | 'headerField' | 'headerFields' | 'headerBytes'>>
  /** Whether the application is loaded anew when its files change. */
  reload: boolean
  ui: boolean
  open: boolean
  json: boolean
  /** What relative paths are relative to. */
  cwd: string
  env: Record<string, string | undefined>
}

export type CommandLine = { kind: 'run'; options: Options } | { kind: 'help'; text: string } | { kind: 'version' }

/** The command line cannot be meant as it stands; `message` is one line that says what to do. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

const FLAGS = {
  server: { type: 'string' },
  host: { type: 'string' },
  port: { type: 'string' },
  'uwsgi-port': { type: 'string' },
  'uwsgi-socket': { type: 'string' },
  listen: { type: 'string' },
  to: { type: 'string' },
  protocol: { type: 'string' },
  'ui-host': { type: 'string' },
  'ui-port': { type: 'string' },
  workers: { type: 'string' },
  python: { type: 'string' },
  'app-timeout': { type: 'string' },
  trace: { type: 'string' },
  'max-body': { type: 'string' },
  'max-line': { type: 'string' },
  'max-header': { type: 'string' },
  'max-headers': { type: 'string' },
  'max-head': { type: 'string' },
  'no-reload': { type: 'boolean' },
  'no-ui': { type: 'boolean' },
  'no-open': { type: 'boolean' },
  json: { type: 'boolean' },
  help: { type: 'boolean', short: 'h' },
  version: { type: 'boolean' },
} as const satisfies ParseArgsConfig['options']

type Flag = keyof typeof FLAGS
const isFlag = (name: string): name is Flag => Object.hasOwn(FLAGS, name)

/** What npm says it runs when it runs a script of this package. */
const OWN_NAME = 'wsgiscope'

export const HELP = `wsgiscope - an oscilloscope for WSGI

usage: wsgiscope [module:callable | path/to/file.py:callable] [options]
       wsgiscope tap --to HOST:PORT [--listen PORT] [options]

  Runs the application behind a real server and opens a page that shows every step of a request.
  Without an application, a built-in hello. As a tap, it shows what any client and any server say to each other
  (wsgiscope tap --help).

  --host ADDRESS      where to listen (127.0.0.1)
  --port N            the gateway's port (8888); 0 picks a free one
  --uwsgi-port N      a port that speaks uwsgi as well, for uwsgi_pass in nginx (none); 0 picks a free one
  --uwsgi-socket PATH the same, as a Unix domain socket: uwsgi_pass unix:PATH
  --ui-host ADDRESS   where the page is (127.0.0.1): whoever reaches it sees every request, secrets included
  --ui-port N         the page's port (8000); 0 picks a free one
  --server NAME       pep3333, or sixty-lines: a naive one of sixty lines of Python, to compare (pep3333)
  --workers N         how many requests the application may serve at a time (1)
  --python PATH       the Python that runs the application; embedded needs none installed
  --app-timeout S     seconds without a byte of the answer, or of loading, before it is replaced (30)
  --max-body SIZE     the largest request body, such as 512K, 10M, 1G (1G)
  --max-line SIZE     the longest request line (8190)
  --max-header SIZE   the longest header line (8190)
  --max-headers N     the most header lines (100)
  --max-head SIZE     all header lines together (64K)
  --trace FILE        write every event as NDJSON; - for standard output
  --no-reload         do not load the application anew when its files change
  --no-ui             no page, only the gateway
  --no-open           do not open a browser
  --json              one line of JSON on standard output when ready
  --help, --version
`

const TAP_HELP = `wsgiscope tap - listens between any client and any server, and alters nothing

usage: wsgiscope tap --to HOST:PORT [--listen PORT] [options]
       wsgiscope tap --protocol uwsgi --to unix:PATH --listen unix:PATH [options]

  Passes every byte on in both directions, and opens a page that shows them. Point your client at the tap instead of
  at the server. What happens inside of the server cannot be seen from here; what is worked out is marked.

  --to HOST:PORT      the server behind the tap; a port alone is one of this machine, unix:PATH a Unix domain socket
  --listen PORT       the tap's own port (8888); 0 picks a free one; unix:PATH for a Unix domain socket
  --protocol NAME     http, or uwsgi: what nginx speaks to uWSGI behind uwsgi_pass (http)
  --host ADDRESS      where to listen (127.0.0.1)
  --ui-host ADDRESS   where the page is (127.0.0.1): whoever reaches it sees every request, secrets included
  --ui-port N         the page's port (8000); 0 picks a free one
  --trace FILE        write every event as NDJSON; - for standard output
  --no-ui             no page, only the tap
  --no-open           do not open a browser
  --json              one line of JSON on standard output when ready
  --help, --version
`

/** Flags that mean something to one of the two commands only. */
const HEAD_LIMITS: readonly Flag[] = ['max-line', 'max-header', 'max-headers', 'max-head']
const OF_GATEWAY: readonly Flag[] = [
  ...([
    'port',
    'uwsgi-port',
    'uwsgi-socket',
    'server',
    'workers',
    'python',
    'app-timeout',
    'max-body',
    'no-reload',
  ] as const),
  ...HEAD_LIMITS,
]
const OF_TAP: readonly Flag[] = ['listen', 'to', 'protocol']

/** @throws UsageError */
export function parseCommandLine(
  argv: readonly string[],
  env: Record<string, string | undefined>,
  cwd: string,
): CommandLine {
  const { values, positionals } = readFlags(argv)
  const taps = positionals[0] === 'tap'
  if (values.help) return { kind: 'help', text: taps ? TAP_HELP : HELP }
  if (values.version) return { kind: 'version' }
  if (positionals.length > 1) {
    throw new UsageError(`one application at a time: ${JSON.stringify(positionals[1])} is one too many`)
  }
  checkCommand(taps, values)
  if (values.trace === '-' && values.json) {
    throw new UsageError('--trace - and --json both want standard output; give --trace a file')
  }
  // npm runs this package's scripts in its folder and says in INIT_CWD where the person stands.
  const standing = env.npm_package_name === OWN_NAME && env.INIT_CWD ? env.INIT_CWD : cwd
  const options: Options = {
    spec: taps ? null : (positionals[0] ?? null),
    server: serverName(values, positionals[0]),
    tap: taps ? tapOptions(values, standing) : null,
    host: address(values.host),
    uiHost: address(values['ui-host']),
    port: taps
      ? wholeNumber('listen', isPath(values.listen) ? undefined : values.listen, 8888, 0, 65_535)
      : wholeNumber('port', values.port, 8888, 0, 65_535),
    uwsgiPort: optionalPort('uwsgi-port', values['uwsgi-port']),
    uwsgiSocket:
      values['uwsgi-socket'] === undefined ? null : socketPath('uwsgi-socket', values['uwsgi-socket'], standing),
    uiPort: wholeNumber('ui-port', values['ui-port'], 8000, 0, 65_535),
    workers: wholeNumber('workers', values.workers, 1, 1, 64),
    python: values.python,
    appTimeoutMs: seconds('app-timeout', values['app-timeout'], 30) * 1000,
    trace:
      values.trace === undefined || values.trace === '-' ? (values.trace ?? null) : resolve(standing, values.trace),
    maxBody: size('max-body', values['max-body'], 1024 ** 3),
    headLimits: headLimits(values),
    reload: !values['no-reload'],
    ui: !values['no-ui'],
    open: !values['no-open'] && !values.json && !env.CI,
    json: values.json ?? false,
    cwd: standing,
    env,
  }
  checkPorts(options)
  return { kind: 'run', options }
}

function checkPorts({ tap, host, port, uwsgiPort, ui, uiHost, uiPort }: Options): void {
  if (uwsgiPort !== null && uwsgiPort !== 0) {
    const other = uwsgiPort === port ? 'HTTP' : ui && uwsgiPort === uiPort && host === uiHost ? 'the page' : null
    if (other !== null) {
      throw new UsageError(`port ${uwsgiPort} is for uwsgi and for ${other}: give uwsgi another one, such as 3031`)
    }
  }
  if (!ui || port === 0 || port !== uiPort || host !== uiHost || tap?.socket != null) return
  const whose = tap === null ? 'gateway' : 'tap'
  throw new UsageError(
    `port ${port} is for the ${whose} and for the page: give the page another one, such as --ui-port 0`,
  )
}

function readFlags(argv: readonly string[]) {
  const { tokens } = parseArgs({
    args: [...argv],
    options: FLAGS,
    strict: false,
    allowPositionals: true,
    tokens: true,
  })
  for (const token of tokens) {
    if (token.kind !== 'option') continue
    if (!isFlag(token.name)) throw new UsageError(unknownFlag(token.rawName))
    if (FLAGS[token.name].type === 'boolean') {
      if (token.value !== undefined) throw new UsageError(`${token.rawName} takes no value`)
    } else if (token.value === undefined || token.value === '') {
      throw new UsageError(`${token.rawName} needs a value`)
    } else if (!token.inlineValue && /^-./.test(token.value)) {
      throw new UsageError(`${token.rawName} needs a value, and ${token.value} looks like an option`)
    }
  }
  return parseArgs({ args: [...argv], options: FLAGS, allowPositionals: true })
}

function checkCommand(taps: boolean, values: Readonly<Partial<Record<Flag, unknown>>>): void {
  const foreign = (taps ? OF_GATEWAY : OF_TAP).find((flag) => values[flag] !== undefined)
  if (foreign === undefined) return
  if (!taps) throw new UsageError(`--${foreign} belongs to: wsgiscope tap --to HOST:PORT [--listen PORT]`)
  const instead = foreign === 'port' ? 'a tap listens at --listen PORT' : 'a tap runs no application'
  throw new UsageError(`--${foreign} is not for wsgiscope tap: ${instead}`)
}

/** What the sixty-line server has no notion of. */
const NOT_IN_SIXTY_LINES: readonly Flag[] = [
  'uwsgi-port',
  'uwsgi-socket',
  'workers',
  'app-timeout',
  'max-body',
  ...HEAD_LIMITS,
]

function serverName(values: Readonly<Partial<Record<Flag, unknown>>>, spec: string | undefined): ServerName {
  const name = values.server ?? 'pep3333'
  const found = SERVERS.find((server) => server === name)
  if (found === undefined) throw new UsageError(`--server is ${SERVERS.join(' or ')}, not ${JSON.stringify(name)}`)
  if (found === 'pep3333') return found
  const foreign = NOT_IN_SIXTY_LINES.find((flag) => values[flag] !== undefined)
  if (foreign !== undefined)
    throw new UsageError(`--${foreign} is not for --server sixty-lines, which knows no such thing`)
  if (values.python === 'embedded') {
    throw new UsageError(
      '--server sixty-lines opens sockets of its own, which embedded Python has not: give --python the path of a python3',
    )
  }
  if (spec !== undefined && /\.m?[jt]s(:|$)/.test(spec)) {
    throw new UsageError(`--server sixty-lines is Python and runs Python applications, not ${spec}`)
  }
  return found
}

/** Where to listen. An IPv6 address may stand in brackets, as in a URL. */
const address = (text = '127.0.0.1'): string => /^\[([0-9a-f:.]+(?:%\w+)?)\]$/i.exec(text)?.[1] ?? text

const isPath = (text: string | undefined): text is string => text?.startsWith('unix:') === true

function tapOptions(
  values: Readonly<Partial<Record<'to' | 'listen' | 'protocol', string>>>,
  standing: string,
): TapOptions {
  const { to, listen, protocol = 'http' } = values
  if (protocol !== 'http' && protocol !== 'uwsgi')
    throw new UsageError(`--protocol is http or uwsgi, not ${JSON.stringify(protocol)}`)
  return {
    to: isPath(to) ? { path: socketPath('to', to, standing) } : target(to),
    socket: isPath(listen) ? socketPath('listen', listen, standing) : null,
    speaks: protocol,
  }
}

/** `HOST:PORT`, `[IPV6]:PORT`, or a port of this machine. */
function target(text: string | undefined): { host: string; port: number } {
  if (text === undefined) throw new UsageError('tap needs --to HOST:PORT, the server behind it')
  const [, name, six, digits] = /^(?:([^:/@\s[\]]+):|\[([0-9a-f:.]+)\]:)?(\d{1,5})$/i.exec(text) ?? []
  const port = Number(digits)
  if (port >= 1 && port <= 65_535) return { host: name ?? six ?? '127.0.0.1', port }
  throw new UsageError(`--to is a host and a port, such as 127.0.0.1:8000, or unix:PATH, not ${JSON.stringify(text)}`)
}

/** Names the nearest flag, unless it is another word altogether. */
function unknownFlag(name: string): string {
  const [nearest] = Object.keys(FLAGS)
    .map((flag) => ({ flag: `--${flag}`, distance: editDistance(`--${flag}`, name) }))
    .sort((a, b) => a.distance - b.distance)
  const meant = nearest !== undefined && nearest.distance <= name.length / 3 ? `; did you mean ${nearest.flag}?` : ''
  return `unknown option ${name}${meant} (--help lists them all)`
}

function wholeNumber(flag: Flag, text: string | undefined, otherwise: number, low: number, high: number): number {
  if (text === undefined) return otherwise
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN
  if (number >= low && number <= high) return number
  throw new UsageError(`--${flag} is a whole number from ${low} to ${high}, not ${JSON.stringify(text)}`)
}

const optionalPort = (flag: Flag, text: string | undefined): number | null =>
  text === undefined ? null : wholeNumber(flag, text, 0, 0, 65_535)

/** What the system takes as the path of a socket (sun_path, without its NUL). */
const LONGEST_SOCKET_PATH = process.platform === 'linux' ? 107 : 103

function socketPath(flag: Flag, text: string, standing: string): string {
  const path = resolve(standing, text.replace(/^unix:/, ''))
  const length = Buffer.byteLength(path)
  if (length <= LONGEST_SOCKET_PATH) return path
  throw new UsageError(
    `--${flag} is ${length} bytes long, and a socket's path has ${LONGEST_SOCKET_PATH}: choose a shorter one, such as /tmp/wsgiscope.sock`,
  )
}

function seconds(flag: Flag, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (number >= 0.001 && number <= 86_400) return number
  throw new UsageError(`--${flag} is a number of seconds from 0.001 to 86400, not ${JSON.stringify(text)}`)
}

/** The longest line, of whatever kind: the gateway holds no more than 256 KiB of a connection unread. */
const LONGEST_LINE = 128 * 1024
const LONGEST_HEAD = 16 * 1024 ** 2

function headLimits(values: Readonly<Partial<Record<Flag, string | boolean>>>): Options['headLimits'] {
  const given = (flag: Flag): string | undefined => {
    const value = values[flag]
    return typeof value === 'string' ? value : undefined
  }
  const line = (flag: Flag): number | undefined => atMost(flag, given(flag), LONGEST_LINE)
  const headerField = line('max-header')
  const fields = given('max-headers')
  const headerFields = fields === undefined ? undefined : wholeNumber('max-headers', fields, 0, 1, 10_000)
  const headerBytes = atMost('max-head', given('max-head'), LONGEST_HEAD)
  const requestLine = line('max-line')
  return {
    ...(requestLine === undefined ? {} : { requestLine }),
    ...(headerField === undefined ? {} : { headerField }),
    ...(headerFields === undefined ? {} : { headerFields }),
    ...(headerBytes === undefined ? {} : { headerBytes }),
  }
}

/** A size from 1 to `most`; undefined where none was given. */
function atMost(flag: Flag, text: string | undefined, most: number): number | undefined {
  if (text === undefined) return undefined
  const bytes = size(flag, text, 0)
  if (bytes >= 1 && bytes <= most) return bytes
  throw new UsageError(`--${flag} is a size from 1 to ${most / 1024}K, not ${JSON.stringify(text)}`)
}

const UNITS: Readonly<Record<string, number>> = { '': 1, K: 1024, M: 1024 ** 2, G: 1024 ** 3 }

function size(flag: Flag, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const [, digits, unit] = /^(\d{1,12})([KMG]?)B?$/i.exec(text) ?? []
  const bytes = Number(digits) * (UNITS[unit?.toUpperCase() ?? ''] ?? 1)
  if (Number.isSafeInteger(bytes)) return bytes
  throw new UsageError(`--${flag} is a size such as 512K, 10M or 1G, not ${JSON.stringify(text)}`)
}
