/**
 * The words of a `curl` command line, read by the table of its options.
 * Longer than 250 lines: one entry for each option that does something.
 */
import { base64Encode } from '../bytes/base64.ts'
import { latin1Encode } from '../bytes/latin1.ts'
import { BAD_COMMAND, ClientError, NO_FILE } from './clientError.ts'
import { CURL_OPTIONS, type Flag, findFlag } from './curlOptions.ts'
import { fieldOf } from './multipart.ts'

/** What a command line asks for, in native strings. */
export interface CurlArguments {
  include: boolean
  head: boolean
  verbose: boolean
  method: string | null
  headers: string[]
  /** Pieces of a body. */
  data: string[]
  /** Whether they are pieces of JSON, which nothing stands between. */
  json: boolean
  fields: ReturnType<typeof fieldOf>[]
  /** The data goes into the query. */
  get: boolean
  authorization: string | null
  cookies: string[]
  userAgent: string | null
  referer: string | null
  range: string | null
  follow: boolean
  maxRedirects: number
  fail: 'body' | 'silent' | null
  compressed: boolean
  http10: boolean
  pathAsIs: boolean
  requestTarget: string | null
  urls: string[]
  /** What is not carried out, and why. */
  notes: string[]
}

/** As curl's, which follows no more by default. */
const MAX_REDIRECTS = 50

/**
 * @param words those after `curl`.
 * @param piped what a command before it printed, for `@-`; null where there is none.
 * @throws ClientError
 */
export function readCurlArguments(words: readonly string[], piped: string | null): CurlArguments {
  const given: CurlArguments = {
    include: false,
    head: false,
    verbose: false,
    method: null,
    headers: [],
    data: [],
    json: false,
    fields: [],
    get: false,
    authorization: null,
    cookies: [],
    userAgent: null,
    referer: null,
    range: null,
    follow: false,
    maxRedirects: MAX_REDIRECTS,
    fail: null,
    compressed: false,
    http10: false,
    pathAsIs: false,
    requestTarget: null,
    urls: [],
    notes: [],
  }
  let onlyUrls = false
  for (let i = 0; i < words.length; i++) {
    const word = words[i] ?? ''
    const take = (name: string, attached: string): Flag => {
      const flag = findFlag(name)
      if (flag === undefined) throw unknownFlag(name)
      const value = flag.value === null ? '' : attached !== '' ? attached : words[++i]
      if (value === undefined) throw new ClientError(BAD_COMMAND, `option ${name}: requires parameter ${flag.value}`)
      if (flag.ignored === undefined) EFFECTS[flag.long]?.(given, value, flag, piped)
      else if (flag.ignored.why !== null) given.notes.push(`${name}: not done, ${flag.ignored.why}`)
      return flag
    }
    if (onlyUrls || !/^-./.test(word)) given.urls.push(word)
    else if (word === '--') onlyUrls = true
    else if (word.startsWith('--')) take(word, '')
    else {
      // Short flags stand together (`-iv`); the first that takes a value takes what is behind it (`-Xpost`).
      for (let rest = word.slice(1); rest !== ''; ) {
        const letter = rest.charAt(0)
        rest = rest.slice(1)
        if (take(`-${letter}`, rest).value !== null) break
      }
    }
  }
  return given
}

/** The value of Authorization for `user:password`, a native string (RFC 7617 section 2). */
export const basicAuthorization = (credentials: string): string => `Basic ${base64Encode(latin1Encode(credentials))}`

function unknownFlag(name: string): ClientError {
  return new ClientError(
    BAD_COMMAND,
    `option ${name}: is not one this small curl knows (it knows ${CURL_OPTIONS.join(' ')}, and ignores what has no meaning here)`,
  )
}

/** What an option does to what is asked for. */
type Effect = (given: CurlArguments, value: string, flag: Flag, piped: string | null) => void

const setFollow: Effect = (given) => {
  given.follow = true
}
const addField: Effect = (given, value, { long }) => {
  given.fields.push(fieldOf(long, value, long === '--form-string'))
}
const addData: Effect = (given, value, flag, piped) => {
  given.json ||= flag.long === '--json'
  given.data.push(dataOf(flag, value, piped))
}

const EFFECTS: Readonly<Record<string, Effect>> = {
  '--include': (given) => {
    given.include = true
  },
  '--head': (given) => {
    given.head = true
  },
  '--verbose': (given) => {
    given.verbose = true
  },
  '--http1.0': (given) => {
    given.http10 = true
  },
  '--http1.1': (given) => {
    given.http10 = false
  },
  '--path-as-is': (given) => {
    given.pathAsIs = true
  },
  '--request': (given, value) => {
    given.method = value
  },
  '--request-target': (given, value) => {
    given.requestTarget = value
  },
  '--url': (given, value) => {
    given.urls.push(value)
  },
  '--get': (given) => {
    given.get = true
  },
  '--location': setFollow,
  '--location-trusted': setFollow,
  '--max-redirs': (given, value, flag) => {
    given.maxRedirects = Math.min(MAX_REDIRECTS, countOf(flag, value))
  },
  '--fail': (given) => {
    given.fail = 'silent'
  },
  '--fail-with-body': (given) => {
    given.fail = 'body'
  },
  '--compressed': (given) => {
    given.compressed = true
  },
  '--user': (given, value) => {
    // Without a password curl asks for one; there is nobody to ask here.
    given.authorization = basicAuthorization(value.includes(':') ? value : `${value}:`)
  },
  '--oauth2-bearer': (given, value) => {
    given.authorization = `Bearer ${value}`
  },
  '--cookie': (given, value) => {
    // Without an equals sign it names a file.
    if (value.includes('=')) given.cookies.push(value)
    else given.notes.push(`--cookie ${value}: not done, there are no files here`)
  },
  '--user-agent': (given, value) => {
    given.userAgent = value
  },
  '--referer': (given, value) => {
    given.referer = value
  },
  '--range': (given, value) => {
    given.range = value
  },
  '--header': (given, value, flag) => {
    if (value.startsWith('@')) throw noFiles(flag, value)
    given.headers.push(value)
  },
  '--form': addField,
  '--form-string': addField,
  '--json': addData,
  '--data': addData,
  '--data-ascii': addData,
  '--data-raw': addData,
  '--data-binary': addData,
  '--data-urlencode': addData,
}

function dataOf(flag: Flag, value: string, piped: string | null): string {
  if (flag.long === '--data-urlencode') return urlencoded(flag, value, piped)
  if (flag.long === '--data-raw' || !value.startsWith('@')) return value
  const text = fileOf(flag, value.slice(1), piped)
  // Of what it reads, curl's -d leaves out the line ends.
  return flag.long === '--data-binary' || flag.long === '--json' ? text : text.replace(/[\r\n\0]/g, '')
}

/** `content`, `=content`, `name=content`, `@file`, `name@file`: what follows is encoded, the name is not. */
function urlencoded(flag: Flag, text: string, piped: string | null): string {
  const [, name = '', mark = '', rest = ''] = /^([^=@]*)([=@])(.*)$/s.exec(text) ?? []
  const content = mark === '' ? text : mark === '@' ? fileOf(flag, rest, piped) : rest
  const encoded = content
    .replace(/[^A-Za-z0-9._~ -]/gs, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`)
    .replaceAll(' ', '+')
  return name === '' ? encoded : `${name}=${encoded}`
}

function fileOf(flag: Flag, name: string, piped: string | null): string {
  if (name !== '-') throw noFiles(flag, `@${name}`)
  if (piped === null) throw new ClientError(NO_FILE, `${flag.long} @-: nothing is piped into this curl`)
  return piped
}

function countOf(flag: Flag, value: string): number {
  if (!/^\d+$/.test(value)) throw new ClientError(BAD_COMMAND, `${flag.long} ${value}: is not a number`)
  return Number(value)
}

const noFiles = (flag: Flag, value: string): ClientError =>
  new ClientError(NO_FILE, `${flag.long} ${value}: there are no files here; give the data itself`)
