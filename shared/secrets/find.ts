/**
 * Finds secrets by the names that stand with them: header fields, fields of forms, queries and multipart bodies, keys of JSON
 * and of Python's repr(), attributes of HTML, elements of XML; and what is a secret by its shape: userinfo in a URL, a JWT, a
 * bearer token. Text is read leniently and to its very end, since it may be cut off anywhere: what is masked for nothing costs
 * less than what is not.
 */
import type { Span } from '../bytes/span.ts'
import { cookieKind, isSecretName } from './names.ts'

/** A secret, and what it goes by. */
export interface Found extends Span {
  name: string
}

/** How a value stands behind its name: `head` has the group `name`, and ends where the value begins. */
interface Rule {
  head: RegExp
  /** Where the value that begins at `start` ends; `start` where there is none. */
  endOf: (text: string, start: number, groups: Readonly<Record<string, string | undefined>>) => number
}

/** A sticky pattern: the value is what it matches. */
const matching =
  (value: RegExp): Rule['endOf'] =>
  (text, start) => {
    value.lastIndex = start
    return start + (value.exec(text)?.[0].length ?? 0)
  }

const inQuotes: Readonly<Record<string, Rule['endOf']>> = {
  '"': matching(/(?:\\.|[^"\\])*/sy),
  "'": matching(/(?:\\.|[^'\\])*/sy),
}
const number = matching(/-?\d[\d.]*/y)
const quoted: Rule['endOf'] = (text, start, { quote = '' }) => (inQuotes[quote] ?? number)(text, start, {})

const RULES: readonly Rule[] = [
  {
    // RFC 9112 section 5, folded lines included.
    head: /^(?<name>[!#$%&'*+.^_`|~\w-]{1,100})[ \t]*:[ \t]*/gm,
    endOf: matching(/[^\r\n]*(?:\r?\n[ \t]+[^\r\n]*)*/y),
  },
  {
    // RFC 3986 section 3.4: a query may hold quotes and brackets as they are.
    head: /(?<=[?&#])(?<name>[\w.\-[\]%+$]{1,100})=/g,
    endOf: matching(/[^&\s"<>#\\]*/y),
  },
  {
    // One field among others, in a form, a cookie, a line of settings.
    head: /(?<=^|[;\s])(?<name>[\w.\-[\]%+$]{1,100})=/gm,
    endOf: matching(/[^&\s"'<>;,(){}\\]*/y),
  },
  // JSON, and what Python and JavaScript print; `b'…'` and `u'…'` too.
  { head: /(?<q>["'])(?<name>[^"'\\\r\n]{1,100})\k<q>\s*:\s*[bu]?(?<quote>["']|(?=-?\d))/g, endOf: quoted },
  {
    // A pair: ('X-Api-Key', '…').
    head: /[([]\s*[bu]?(?<q>["'])(?<name>[^"'\\\r\n]{1,100})\k<q>\s*,\s*[bu]?(?<quote>["'])/g,
    endOf: (text, start, groups) => {
      const end = quoted(text, start, groups)
      return /^.?\s*(?:[)\]]|$)/s.test(text.slice(end, end + 20)) ? end : start
    },
  },
  {
    // The same within another string or a page: quotes are escaped.
    head: /(?<q>\\{1,8}["']|&quot;|&#0*3[49];|&#x2[27];)(?<name>[^"'\\&\r\n]{1,100})\k<q>\s*:\s*[bu]?(?<quote>\\{1,8}["']|&quot;|&#0*3[49];|&#x2[27];)/gi,
    endOf: (text, start, { quote = '' }) => {
      for (let end = text.indexOf(quote, start); end !== -1; end = text.indexOf(quote, end + 1)) {
        if (text[end - 1] !== '\\') return end
      }
      return text.length
    },
  },
  {
    // An attribute, an assignment.
    head: /(?<=^|[\s<])(?<name>[\w:.-]{1,100})\s{0,8}=\s{0,8}[bu]?(?<quote>["'])/gm,
    endOf: (text, start, groups) => {
      const end = quoted(text, start, groups)
      const stop = text.slice(start, end).search(/[\r\n<>]/)
      return stop === -1 ? end : start + stop
    },
  },
  {
    // RFC 7578.
    head: /^Content-Disposition:[ \t]*form-data;[^\r\n]{0,400}?\bname="?(?<name>[^"\r\n;]{1,100})[^\r\n]{0,400}\r?\n(?:[^\r\n]{1,1000}\r?\n){0,20}\r?\n/gim,
    endOf: (text, start) => {
      const end = text.indexOf('\n--', start - 1)
      if (end === -1) return text.length
      return Math.max(start, text[end - 1] === '\r' ? end - 1 : end)
    },
  },
  { head: /<(?<name>[\w:.-]{1,100})(?:\s[^<>]{0,500})?>/g, endOf: matching(/[^<]*(?=<\/|$)/y) },
]

const SHAPES = [
  {
    // RFC 3986 section 3.2.1. A user without a password may be a token.
    name: 'userinfo',
    shape: /(?<=[a-z][a-z\d+.-]{0,20}:\/\/)(?:[^\s/?#@"<>:]{0,200}:)?(?<value>[^\s/?#@"<>]{1,400})(?=@)/dgi,
  },
  // RFC 7519.
  { name: 'JWT', shape: /(?<![\w-])(?<value>eyJ[\w-]{8,}\.[\w-]+\.[\w-]*)/dg },
  // RFC 6750 section 2.1.
  { name: 'Bearer', shape: /\bBearer +(?<value>(?=[^\s"']*\d)[\w.~+/-]{8,}=*)/dgi },
]

/** An element whose value has a name beside it. */
const ELEMENT = /<(?:input|meta|param)\b([^<>]{0,2000})/gi
const NAME_ATTRIBUTE = /(?:^|\s)(?:name|id|property)\s*=\s*["']?([^\s"'<>]+)/i
const VALUE_ATTRIBUTE = /(?:^|\s)(?:value|content)\s*=\s*(?:(["'])(.*?)(?:\1|$)|([^\s"'<>]+))/dis

/** In a text of any kind. What a secret name stands before is one in all its parts. */
export function findSecrets(text: string): Found[] {
  const found = [...shaped(text), ...elements(text), ...structured(text)]
  for (const { head, endOf } of RULES) {
    head.lastIndex = 0
    for (let match = head.exec(text); match !== null; match = head.exec(text)) {
      const name = decoded(match.groups?.name ?? '')
      if (!isSecretName(name)) continue
      const start = head.lastIndex
      head.lastIndex = endOf(text, start, match.groups ?? {})
      found.push(...moved(named(name, text.slice(start, head.lastIndex)), start))
    }
  }
  return found
}

/** What stands in the text of a program: between quotes, or a secret by its shape. */
export const findLiterals = (text: string): Found[] => [
  ...shaped(text),
  ...findSecrets(text).filter(({ start }) => /["']/.test(text[start - 1] ?? '')),
]

/** In a form or a query (application/x-www-form-urlencoded): the ampersand alone separates. */
export function findInForm(text: string): Found[] {
  const found: Found[] = []
  let start = 0
  for (const pair of text.split('&')) {
    const equals = pair.indexOf('=')
    const name = decoded(pair.slice(0, equals).replaceAll('+', ' '))
    const value = start + equals + 1
    const end = start + pair.length
    if (equals >= 0 && value < end && isSecretName(name)) found.push({ name, start: value, end })
    start = end + 1
  }
  return [...found, ...shaped(text)]
}

/** In a request target: its query is a form. */
export function findInTarget(target: string): Found[] {
  const query = target.indexOf('?') + 1
  return query === 0 ? findSecrets(target) : [...findSecrets(target), ...moved(findInForm(target.slice(query)), query)]
}

/** In a value that goes by a name: all of it where the name says so, what else is found in it otherwise. */
export function findInValue(name: string, value: string): Found[] {
  if (isSecretName(name)) return named(name, value)
  if (/^query_string$/i.test(name)) return [...findInForm(value), ...findSecrets(value)]
  if (/^(raw|request)_ur[il]$/i.test(name)) return findInTarget(value)
  return findSecrets(value)
}

/** RFC 6265: of cookies, names and attributes stay. */
function named(name: string, value: string): Found[] {
  const kind = cookieKind(name)
  if (kind === null) return trimmed(name, value, 0, value.length)
  const pairs = kind === 'response' ? [value.split(';', 1)[0] ?? ''] : value.split(/[;,]/)
  let start = 0
  return pairs.flatMap((pair) => {
    const from = start
    start += pair.length + 1
    const equals = pair.indexOf('=')
    return trimmed(
      `${name} ${pair.slice(0, Math.max(0, equals)).trim()}`.trim(),
      value,
      from + equals + 1,
      from + pair.length,
    )
  })
}

/** Without the blanks around it. */
function trimmed(name: string, text: string, start: number, end: number): Found[] {
  const value = text.slice(start, end)
  const from = start + value.length - value.trimStart().length
  const to = from + value.trim().length
  return from < to ? [{ name, start: from, end: to }] : []
}

const shaped = (text: string): Found[] =>
  SHAPES.flatMap(({ name, shape }) =>
    [...text.matchAll(shape)].flatMap(({ indices }) => {
      const [start = 0, end = 0] = indices?.groups?.value ?? []
      return [{ name, start, end }]
    }),
  )

function elements(text: string): Found[] {
  const found: Found[] = []
  for (const { index, 0: matched, 1: attributes = '' } of text.matchAll(ELEMENT)) {
    const name = NAME_ATTRIBUTE.exec(attributes)?.[1] ?? ''
    if (!isSecretName(name)) continue
    const value = VALUE_ATTRIBUTE.exec(attributes)?.indices
    const [start, end] = value?.[2] ?? value?.[3] ?? [0, 0]
    if (start < end) found.push(...moved([{ name, start, end }], index + matched.length - attributes.length))
  }
  return found
}

/** A secret name before a list or an object, of JSON or of Python's repr(). */
const STRUCTURE = /(?<q>["'])(?<name>[^"'\\\r\n]{1,100})\k<q>\s*:\s*(?=[[{(])/g
const PART = /["'[\]{}()]|-?\d[\d.]*/g
const KEY = /["']\s*:/y

/** Each value in it is a secret, however deep; its keys stay. */
function structured(text: string): Found[] {
  const found: Found[] = []
  STRUCTURE.lastIndex = 0
  for (let match = STRUCTURE.exec(text); match !== null; match = STRUCTURE.exec(text)) {
    const name = decoded(match.groups?.name ?? '')
    if (!isSecretName(name)) continue
    PART.lastIndex = STRUCTURE.lastIndex
    let depth = 0
    for (let part = PART.exec(text); part !== null; part = PART.exec(text)) {
      const [own] = part
      if (/[[{(]/.test(own)) depth++
      else if (/[\]})]/.test(own)) depth--
      else {
        const isQuote = /["']/.test(own)
        const start = isQuote ? part.index + 1 : part.index
        const end = isQuote ? quoted(text, start, { quote: own }) : PART.lastIndex
        KEY.lastIndex = end
        if (start < end && !(isQuote && KEY.test(text))) found.push({ name, start, end })
        PART.lastIndex = isQuote ? end + 1 : end
      }
      STRUCTURE.lastIndex = Math.min(text.length, PART.lastIndex)
      if (depth === 0) break
    }
  }
  return found
}

const moved = (found: readonly Found[], by: number): Found[] =>
  found.map(({ name, start, end }) => ({ name, start: start + by, end: end + by }))

/** Names are percent-encoded too; one that is not stays as it is. */
function decoded(name: string): string {
  if (!name.includes('%')) return name
  return name.replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
}
