/**
 * HAR 1.2 as a schema: each object of the specification with its fields, required or optional, and no others but custom ones,
 * which begin with an underscore.
 */
import * as z from 'zod'

/** RFC 3986: what a generic parser takes for a URI with an authority, character by character. */
const URI =
  /^https?:\/\/(?:(?:[\w\-.~!$&'()*+,;=:]|%[0-9A-Fa-f]{2})*@)?(?:\[[0-9A-Fa-f:.]+\]|(?:[\w\-.~!$&'()*+,;=]|%[0-9A-Fa-f]{2})+)(?::\d*)?(?:\/(?:[\w\-.~!$&'()*+,;=:@/]|%[0-9A-Fa-f]{2})*)?(?:\?(?:[\w\-.~!$&'()*+,;=:@/?]|%[0-9A-Fa-f]{2})*)?$/

const object = <S extends z.core.$ZodShape>(shape: S) =>
  z
    .object({ ...shape, comment: z.string().min(1).optional() })
    .catchall(z.never())
    .describe('custom fields are not used')

const Size = z.int().gte(-1)
const Milliseconds = z.number().gte(0)
/** -1 where it does not apply. */
const Phase = z.number().gte(-1)
const Uri = z.string().regex(URI)
const DateTime = z.iso.datetime({ offset: true })

const Header = object({ name: z.string(), value: z.string() })
const QueryParameter = object({ name: z.string(), value: z.string() })

const Cookie = object({
  name: z.string(),
  value: z.string(),
  path: z.string().optional(),
  domain: z.string().optional(),
  expires: DateTime.optional(),
  httpOnly: z.boolean().optional(),
  secure: z.boolean().optional(),
})

const PostData = object({
  mimeType: z.string(),
  params: z.array(
    object({
      name: z.string(),
      value: z.string().optional(),
      fileName: z.string().optional(),
      contentType: z.string().optional(),
    }),
  ),
  text: z.string(),
})

const Content = object({
  size: z.int().gte(0),
  compression: z.int().optional(),
  mimeType: z.string().min(1),
  text: z.string().optional(),
  encoding: z.literal('base64').optional(),
})

const Request = object({
  method: z.string(),
  url: Uri,
  httpVersion: z.string(),
  cookies: z.array(Cookie),
  headers: z.array(Header),
  queryString: z.array(QueryParameter),
  postData: PostData.optional(),
  headersSize: Size,
  bodySize: Size,
})

const Response = object({
  status: z.int().gte(0),
  statusText: z.string(),
  httpVersion: z.string(),
  cookies: z.array(Cookie),
  headers: z.array(Header),
  content: Content,
  redirectURL: z.string(),
  headersSize: Size,
  bodySize: Size,
})

const Timings = object({
  blocked: Phase.optional(),
  dns: Phase.optional(),
  connect: Phase.optional(),
  send: Milliseconds,
  wait: Milliseconds,
  receive: Milliseconds,
  ssl: Phase.optional(),
})

const Entry = object({
  pageref: z.string().optional(),
  startedDateTime: DateTime,
  time: Milliseconds,
  request: Request,
  response: Response,
  cache: object({}),
  timings: Timings,
  serverIPAddress: z.union([z.ipv4(), z.ipv6()]).optional(),
  connection: z.string().optional(),
}).refine(
  ({ time, timings: { send, wait, receive } }) => Math.abs(time - send - wait - receive) < 1e-6,
  'time is the sum of the timings',
)

export const Har = object({
  log: object({
    version: z.literal('1.2'),
    creator: object({ name: z.string(), version: z.string() }),
    browser: object({ name: z.string(), version: z.string() }).optional(),
    entries: z.array(Entry),
  }),
})
