/**
 * What the terminal's client knows of curl, as data: the parser, its errors, the help and completion read this table.
 * Options that have no meaning here are taken as well, so that a command from elsewhere works as it is; where something is
 * missing for it, that is said in a word.
 */

export interface Flag {
  /** `-i`; null where there is only a long form. */
  short: string | null
  long: string
  /** What its value is called; null for a flag that takes none. */
  value: string | null
  meaning: string
  /** Not carried out. `why` is said to the person; null where there is nothing to say: here it is so anyway. */
  ignored?: { why: string | null }
}

export interface Command {
  name: string
  usage: string
  meaning: string
  flags: readonly Flag[]
}

/** `-i, --include` or `--json DATA`. */
function flag(names: string, meaning: string): Flag {
  const [, short = null, long = '', value = null] = /^(?:(-.), )?(--\S+)(?: (\S+))?$/.exec(names) ?? []
  return { short, long, value, meaning }
}

const ignored = (names: string, why: string | null): Flag => ({ ...flag(names, 'nothing here'), ignored: { why } })

const NO_FILES = 'there are no files here; the answer is printed'
const ONE_CONNECTION = 'this terminal always connects to its gateway'
const NO_TLS = 'there is no TLS here'

const TAKEN: readonly Flag[] = [
  flag('-i, --include', 'print the head of the answer too'),
  flag('-I, --head', 'ask for the head only'),
  flag('-v, --verbose', 'print what is sent and received'),
  flag('-X, --request METHOD', 'use another method'),
  flag('-H, --header LINE', 'add, replace or (with nothing behind the colon) remove a header'),
  flag('-d, --data DATA', 'send a body, as a form does'),
  flag('--data-ascii DATA', 'the same'),
  flag('--data-raw DATA', 'the same, also where it begins with @'),
  flag('--data-binary DATA', 'send a body exactly as given'),
  flag('--data-urlencode DATA', 'the same as -d, percent-encoded'),
  flag('--json DATA', 'send a body of JSON'),
  flag('-F, --form FIELD', 'send a form field as multipart/form-data'),
  flag('--form-string FIELD', 'the same, its value as it is'),
  flag('-G, --get', 'send the data in the query'),
  flag('-u, --user USER:PASSWORD', 'say who one is (Basic)'),
  flag('--oauth2-bearer TOKEN', 'say who one is (Bearer)'),
  flag('-b, --cookie COOKIES', 'send cookies'),
  flag('-A, --user-agent NAME', 'send another User-Agent'),
  flag('-e, --referer URL', 'send a Referer'),
  flag('-r, --range RANGE', 'ask for a part'),
  flag('-L, --location', 'follow redirects, as long as they lead to this gateway'),
  flag('--location-trusted', 'the same'),
  flag('--max-redirs COUNT', 'follow at most so many'),
  flag('-f, --fail', 'print no body, and fail, where the status is 400 or more'),
  flag('--fail-with-body', 'fail where the status is 400 or more'),
  flag('--compressed', 'ask for a compressed answer and print it decoded'),
  flag('-0, --http1.0', 'speak HTTP/1.0'),
  flag('--http1.1', 'speak HTTP/1.1'),
  flag('--path-as-is', 'keep /../ and /./ in the path'),
  flag('--request-target TARGET', 'ask for this instead of what the URL says'),
  flag('--url URL', 'the URL'),
]

const IGNORED: readonly Flag[] = [
  ...['-s, --silent', '-S, --show-error', '-#, --progress-bar', '--no-progress-meter', '-N, --no-buffer'],
  ...['-g, --globoff', '-q, --disable', '--styled-output', '--tcp-nodelay', '--keepalive', '--ignore-content-length'],
  ...['-4, --ipv4', '-6, --ipv6', '--raw', '--basic', '--create-dirs', '-R, --remote-time', '--sessionid', '--alpn'],
  ...['--noproxy HOSTS', '--keepalive-time SECONDS', '--expect100-timeout SECONDS', '--output-dir FOLDER'],
].map((names) => ignored(names, null))

const IGNORED_WITH_A_WORD: readonly Flag[] = [
  ignored('-o, --output FILE', NO_FILES),
  ignored('-O, --remote-name', NO_FILES),
  ignored('-J, --remote-header-name', NO_FILES),
  ignored('-c, --cookie-jar FILE', 'there are no files here; cookies are not kept'),
  ignored('-D, --dump-header FILE', 'there are no files here; -i prints the head'),
  ignored('-j, --junk-session-cookies', 'cookies are not kept'),
  ignored('-n, --netrc', 'there are no files here; use -u'),
  ignored('-w, --write-out FORMAT', 'the picture has these numbers'),
  ignored('--trace FILE', 'the picture has the bytes'),
  ignored('--trace-ascii FILE', 'the picture has the bytes'),
  ignored('-m, --max-time SECONDS', 'Ctrl-C ends it'),
  ignored('--connect-timeout SECONDS', 'Ctrl-C ends it'),
  ignored('--retry COUNT', 'it is sent once'),
  ignored('--retry-delay SECONDS', 'it is sent once'),
  ignored('--retry-max-time SECONDS', 'it is sent once'),
  ignored('--limit-rate RATE', 'what comes is read at once'),
  ignored('-x, --proxy URL', ONE_CONNECTION),
  ignored('--resolve ADDRESS', ONE_CONNECTION),
  ignored('--connect-to ADDRESS', ONE_CONNECTION),
  ignored('--interface NAME', ONE_CONNECTION),
  ignored('--unix-socket PATH', ONE_CONNECTION),
  ignored('--http2', 'HTTP/1.1 is spoken'),
  ignored('--http2-prior-knowledge', 'HTTP/1.1 is spoken'),
  ignored('--http3', 'HTTP/1.1 is spoken'),
  ignored('--digest', 'Basic is sent'),
  ignored('--ntlm', 'Basic is sent'),
  ignored('--negotiate', 'Basic is sent'),
  ignored('--anyauth', 'Basic is sent'),
  ignored('-k, --insecure', null),
  ignored('--ssl-reqd', NO_TLS),
  ...['--cacert FILE', '-E, --cert FILE', '--key FILE', '--ciphers LIST', '--tls-max VERSION'].map((names) =>
    ignored(names, NO_TLS),
  ),
  ...['-1, --tlsv1', '--tlsv1.0', '--tlsv1.1', '--tlsv1.2', '--tlsv1.3'].map((names) => ignored(names, NO_TLS)),
]

export const CURL: Command = {
  name: 'curl',
  usage: 'curl [options] URL',
  meaning: 'send one request to this gateway and print the answer',
  flags: [...TAKEN, ...IGNORED, ...IGNORED_WITH_A_WORD],
}

/** The options that do something. */
export const CURL_OPTIONS: readonly string[] = TAKEN.map(({ long }) => long)

/** `-x` for a short flag, `--xyz` or `--no-xyz` for a long one. */
export function findFlag(name: string): Flag | undefined {
  if (!name.startsWith('--')) return CURL.flags.find(({ short }) => short === name)
  const known = CURL.flags.find(({ long }) => long === name)
  if (known !== undefined || !name.startsWith('--no-')) return known
  // What is not done anyway can be called off.
  const positive = CURL.flags.find(({ long, value }) => value === null && long === `--${name.slice(5)}`)
  return positive && { ...positive, long: name, ignored: { why: null } }
}
