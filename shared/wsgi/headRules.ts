/** The rules that can be read off the arguments of start_response, one after the other. */
import { isDigits } from '../http1/grammar.ts'
import type { RuleId } from './referee.ts'

/** What start_response was given, by lower-case names. */
interface Head {
  status: number
  fields: ReadonlyMap<string, readonly string[]>
}

/** RFC 9110 5.3: "a sender MUST NOT generate multiple field lines with the same name" unless it is a list. */
const SINGLE = [
  ...['age', 'content-location', 'content-range', 'content-type', 'date', 'etag', 'expires', 'last-modified'],
  ...['location', 'retry-after', 'server'],
]
const DATES = ['date', 'last-modified']
/** RFC 9110 5.6.7, IMF-fixdate: the one form that is generated. */
const FIXDATE =
  /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d (Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) \d{4} \d\d:\d\d:\d\d GMT$/
/** RFC 9110 15.4: those that are of no use without a place to go. */
const REDIRECTIONS: ReadonlySet<number> = new Set([301, 302, 303, 307, 308])

const values = ({ fields }: Head, name: string): readonly string[] => fields.get(name) ?? []
const has = ({ fields }: Head, name: string): boolean => fields.has(name)
const bodiless = ({ status }: Head): boolean => status === 204 || status === 205 || status === 304

const BROKEN: readonly (readonly [RuleId, (head: Head) => boolean])[] = [
  ['status-header', (head) => has(head, 'status')],
  ['length-forbidden', (head) => head.status === 204 && has(head, 'content-length')],
  ['length-forbidden', (head) => head.status === 205 && values(head, 'content-length').some((length) => +length !== 0)],
  ['length-repeated', (head) => head.status !== 204 && values(head, 'content-length').length > 1],
  [
    'length-invalid',
    (head) => head.status !== 204 && values(head, 'content-length').length === 1 && !declaresLength(head),
  ],
  ['content-type-forbidden', (head) => bodiless(head) && has(head, 'content-type')],
  ['header-repeated', (head) => SINGLE.some((name) => values(head, name).length > 1)],
  ['name-underscore', ({ fields }) => [...fields.keys()].some((name) => name.includes('_'))],
  ['date-form', (head) => DATES.some((name) => values(head, name).some((value) => !FIXDATE.test(value)))],
  ['location-missing', (head) => REDIRECTIONS.has(head.status) && !has(head, 'location')],
  ['challenge-missing', (head) => head.status === 401 && !has(head, 'www-authenticate')],
  ['allow-missing', (head) => head.status === 405 && !has(head, 'allow')],
]

const declaresLength = (head: Head): boolean => isDigits(values(head, 'content-length')[0] ?? '')

export function brokenByHead(status: string, headers: readonly (readonly [string, string])[]): RuleId[] {
  const fields = new Map<string, string[]>()
  for (const [name, value] of headers) {
    const key = name.toLowerCase()
    const known = fields.get(key)
    if (known === undefined) fields.set(key, [value])
    else known.push(value)
  }
  const head: Head = { status: Number.parseInt(status, 10), fields }
  return BROKEN.flatMap(([rule, isBroken]) => (isBroken(head) ? [rule] : []))
}
