/**
 * What an application does and what a host reports of it: one table, for Python and TypeScript alike. A line of a
 * transcript is one event; `called` and `closed`, which every one begins and ends with, are left out.
 */
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { latin1Decode } from '../../shared/bytes/latin1.ts'
import { CREDIT } from '../../shared/gateway/credit.ts'
import type { Host } from '../../shared/gateway/host.ts'
import type { AppEvent } from '../../shared/gateway/types.ts'
import { createHost } from './createHost.ts'
import { type CallOptions, callHost, hostOptions } from './testing/callHost.ts'

const FIXTURES = fileURLToPath(new URL('./testing/fixtures', import.meta.url))
const TYPESCRIPT = fileURLToPath(new URL('./testing/fixtures/behaviours.ts', import.meta.url))
const installed = ['/usr/bin/python3', 'python3'].filter((path) => !path.startsWith('/') || existsSync(path))
const interpreters = [...installed, 'embedded']

interface Row {
  app: string
  law: string
  call?: CallOptions
  transcript: string[]
}

const SECTION = {
  start: '(PEP 3333, "The start_response() Callable")',
  strings: '(PEP 3333, "A Note On String Types")',
  details: '(PEP 3333, "Specification Details")',
  write: '(PEP 3333, "The write() Callable")',
  streams: '(PEP 3333, "Input and Error Streams")',
  hop: '(PEP 3333, "Other HTTP Features")',
}
const OK = 'startResponse 200 OK {Content-Type: text/plain}'

const ROWS: Row[] = [
  {
    app: 'two_chunks',
    law: 'a list is returned with its length, then given chunk by chunk',
    transcript: [OK, 'returned 2', 'chunk a', 'chunk b', 'exhausted'],
  },
  {
    app: 'nothing',
    law: 'an empty list is a complete answer',
    transcript: ['startResponse 204 No Content {}', 'returned 0', 'exhausted'],
  },
  {
    app: 'late_start',
    law: 'a generator may call start_response in its first step, and give empty chunks',
    transcript: ['returned null', OK, 'chunk a', 'chunk ', 'chunk b', 'exhausted'],
  },
  {
    app: 'bare_bytes',
    law: 'bytes returned bare are one chunk',
    transcript: [OK, 'returned 1', 'chunk abc', 'exhausted'],
  },
  {
    app: 'writes',
    law: 'write() stands before the chunks',
    transcript: [OK, 'write a', 'write ', 'returned 1', 'chunk b', 'exhausted'],
  },
  {
    app: 'writes_text',
    law: 'write() refuses text',
    transcript: [OK, `raised TypeError: write() takes bytes, not str ${SECTION.write}`],
  },
  {
    app: 'text_chunk',
    law: 'a chunk of text is refused',
    transcript: [OK, 'returned 1', `raised TypeError: each chunk must be bytes, not str ${SECTION.details}`],
  },
  {
    app: 'text_result',
    law: 'a string is not an iterable of bytes',
    transcript: [
      OK,
      'returned 3',
      `raised TypeError: the application returned str, not an iterable of bytes ${SECTION.details}`,
    ],
  },
  {
    app: 'bare_bytes',
    law: 'and remarked on',
    call: { trace: true },
    transcript: [OK, 'returned 1', 'noticed result-bytes', 'chunk abc', 'exhausted'],
  },
  {
    app: 'catches_rule',
    law: 'a rule whose exception the application caught is noticed all the same',
    call: { trace: true },
    transcript: [OK, 'returned 1', 'chunk a', 'exhausted', 'noticed start-response-twice'],
  },
  {
    app: 'closes_streams',
    law: 'closing the streams of the server closes nothing',
    call: { body: 'abc', trace: true },
    transcript: [
      'noticed stream-closed',
      'noticed stream-closed',
      'read 3 of null at 0',
      'logged still open',
      OK,
      'returned 1',
      'chunk abc',
      'exhausted',
    ],
  },
  {
    app: 'puts_number_into_environ',
    law: 'what is no native string in the environ is noticed where it is put',
    call: { trace: true },
    transcript: ['HTTP_X null -> 5 at startResponse', 'noticed environ-not-native', OK, 'returned 0', 'exhausted'],
  },
  {
    app: 'keeps_number_in_environ',
    law: 'under a key of its own, an application may keep anything in the environ',
    call: { trace: true },
    transcript: ['VISITS null -> 5 at startResponse', OK, 'returned 0', 'exhausted'],
  },
  {
    app: 'no_result',
    law: 'to return nothing is refused',
    transcript: [
      OK,
      'returned null',
      `raised TypeError: the application returned None, not an iterable of bytes ${SECTION.details}`,
    ],
  },
  {
    app: 'never_starts',
    law: 'that start_response was never called is for the gateway to say',
    transcript: ['returned 0', 'exhausted'],
  },
  {
    app: 'chunk_before_start',
    law: 'so is a chunk that comes too early',
    transcript: ['returned 1', 'chunk a', 'exhausted'],
  },
  {
    app: 'starts_twice',
    law: 'a second start_response without exc_info is refused',
    transcript: [OK, `raised AssertionError: start_response() a second time, without exc_info ${SECTION.start}`],
  },
  {
    app: 'changes_its_mind',
    law: 'with exc_info, a second start_response replaces the first',
    transcript: [
      OK,
      'startResponse 500 Oops {} after ValueError: on second thoughts',
      'returned 1',
      'chunk done',
      'exhausted',
    ],
  },
  {
    app: 'changes_after_empty_chunk',
    law: 'an empty chunk does not send the headers',
    transcript: [
      'returned null',
      OK,
      'chunk ',
      'startResponse 500 Oops {} after ValueError: on second thoughts',
      'chunk done',
      'exhausted',
    ],
  },
  {
    app: 'too_late',
    law: 'once the headers are out, start_response re-raises what it is given',
    transcript: ['returned null', OK, 'chunk a', 'raised ValueError: too late'],
  },
  {
    app: 'too_late_after_write',
    law: 'the first write() sends the headers, empty or not',
    transcript: [OK, 'write ', 'raised ValueError: too late'],
  },
  {
    app: 'wrong_exc_info',
    law: 'exc_info must be what an exception gives',
    transcript: [
      `raised TypeError: exc_info must be what sys.exc_info() gives while an exception is handled ${SECTION.start}`,
    ],
  },
  { app: 'raises', law: 'an exception is reported', transcript: ['raised ValueError: no'] },
  {
    app: 'raises_between_chunks',
    law: 'close() is called after an exception',
    transcript: [OK, 'returned null', 'chunk a', 'raised ValueError: no', 'logged close() ran'],
  },
  {
    app: 'closes',
    law: 'close() is called once, after the last chunk',
    transcript: [OK, 'returned null', 'chunk a', 'exhausted', 'logged close() ran'],
  },
  {
    app: 'closes_after_wrong_chunk',
    law: 'close() is called after a refused chunk',
    transcript: [
      OK,
      'returned null',
      `raised TypeError: each chunk must be bytes, not str ${SECTION.details}`,
      'logged close() ran',
    ],
  },
  {
    app: 'raises_in_close',
    law: 'an exception in close() is reported',
    transcript: [OK, 'returned null', 'chunk a', 'exhausted', 'raised ValueError: in close()'],
  },
  {
    app: 'logs',
    law: 'wsgi.errors shows up line by line, an unfinished line at flush() or at the end',
    transcript: [
      'logged one',
      'logged two',
      'logged three',
      'logged four',
      OK,
      'returned 0',
      'exhausted',
      'logged five',
    ],
  },
  {
    app: 'logs_bytes',
    law: 'wsgi.errors takes text alone',
    transcript: [`raised TypeError: wsgi.errors takes str, not bytes ${SECTION.streams}`],
  },
  {
    app: 'reads',
    law: 'wsgi.input reads sizes, lines and the rest, and nothing beyond',
    call: { body: 'ab\ncdefg\nhi\nkl\nmn' },
    transcript: [OK, 'returned 1', 'chunk ab;\n;cde;;fg\n;hi\n;kl\nmn;;', 'exhausted'],
  },
  {
    app: 'reads',
    law: 'each read is reported with what was asked for and what it gave',
    call: { body: 'ab\ncdefg\nhi\nkl\nmn', trace: true },
    transcript: [
      'read 2 of 2 at 0',
      'readline 1 of null at 2',
      'readline 3 of 3 at 3',
      'readline 0 of 0 at 6',
      'readlines 3 of 1 at 6',
      'iterate 3 of null at 9',
      'read 5 of null at 12',
      'read 0 of 5 at 17',
      'readline 0 of null at 17',
      'readlines 0 of null at 17',
      'iterate 0 of null at 17',
      OK,
      'returned 1',
      'chunk ab;\n;cde;;fg\n;hi\n;kl\nmn;;',
      'exhausted',
    ],
  },
  {
    app: 'reads_nothing',
    law: 'a body that is not there reads as nothing',
    transcript: [OK, 'returned 1', 'chunk ;;', 'exhausted'],
  },
  {
    app: 'changes_environ',
    law: 'what the application changes in the environ is noticed at start_response and at its return',
    call: { trace: true },
    transcript: [
      "PATH_INFO '/' -> '/changed' at startResponse",
      "example.user null -> 'Ada' at startResponse",
      "HTTP_HOST '127.0.0.1:8888' -> null at startResponse",
      OK,
      `example.late null -> '${'x'.repeat(198)}… at returned`,
      'returned 0',
      'exhausted',
    ],
  },
  {
    app: 'file_in_blocks',
    law: 'wsgi.file_wrapper gives a file in blocks',
    call: { body: 'abcdefghij' },
    transcript: [OK, 'returned null', 'chunk abcd', 'chunk efgh', 'chunk ij', 'exhausted'],
  },
]

const starts = (status: unknown, headers: unknown, ...transcript: string[]): Row => ({
  app: 'starts',
  law: `start_response(${JSON.stringify(status)}, ${JSON.stringify(headers)})`,
  call: {
    // In ASCII, as JSON allows.
    body: JSON.stringify({ status, headers }).replace(
      /[^ -~]/g,
      (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
    ),
  },
  transcript,
})
const accepted = (status: string, headers: string[][]) => {
  const shown = headers.map(([name, value]) => `${name}: ${value}`).join(', ')
  return starts(status, headers, `startResponse ${status} {${shown}}`, 'returned 1', 'chunk done', 'exhausted')
}
const STATUS_FORM = 'ValueError: the status must be three digits, a space and a reason, not'

ROWS.push(
  accepted('200 OK', []),
  accepted('599 !', []),
  accepted('200 \xc3\x96l', [['X-Name', '\xc3\x96l']]),
  accepted('200 OK', [["!#$%&'*+-.^_`|~09aZ", '']]),
  starts(200, [], `raised TypeError: the status must be a str, not int ${SECTION.strings}`),
  starts(null, [], `raised TypeError: the status must be a str, not None ${SECTION.strings}`),
  starts('200', [], `raised ${STATUS_FORM} '200' ${SECTION.start}`),
  starts('200 ', [], `raised ${STATUS_FORM} '200 ' ${SECTION.start}`),
  starts('200 OK ', [], `raised ${STATUS_FORM} '200 OK ' ${SECTION.start}`),
  starts(' 200 OK', [], `raised ${STATUS_FORM} ' 200 OK' ${SECTION.start}`),
  starts("OK it's", [], `raised ${STATUS_FORM} "OK it's" ${SECTION.start}`),
  starts('HTTP/1.1 200 OK', [], `raised ${STATUS_FORM} 'HTTP/1.1 200 OK' ${SECTION.start}`),
  starts(
    '103 Early',
    [],
    `raised ValueError: '103 Early' is no final answer, and for the server alone (RFC 9110, 15.2)`,
  ),
  starts('200 OK\r\nX: y', [], `raised ValueError: the status has a control character: '\\r' ${SECTION.start}`),
  starts(
    '200 \u4f60',
    [],
    `raised ValueError: the status has a character outside latin-1: '\\u4f60' ${SECTION.strings}`,
  ),
  starts('200 OK', { a: 'b' }, `raised TypeError: the headers must be a list, not dict ${SECTION.start}`),
  starts('200 OK', ['a'], `raised TypeError: each header must be a tuple of name and value ${SECTION.start}`),
  starts(
    '200 OK',
    [['a', 'b', 'c']],
    `raised TypeError: each header must be a tuple of name and value ${SECTION.start}`,
  ),
  starts('200 OK', [[1, 'b']], `raised TypeError: a header name must be a str, not int ${SECTION.strings}`),
  starts('200 OK', [['', 'b']], "raised ValueError: not a header name: '' (RFC 9110, 5.1)"),
  starts('200 OK', [['a b', 'c']], "raised ValueError: not a header name: 'a b' (RFC 9110, 5.1)"),
  starts('200 OK', [['a:', 'c']], "raised ValueError: not a header name: 'a:' (RFC 9110, 5.1)"),
  starts('200 OK', [['a\n', 'c']], `raised ValueError: a header name has a control character: '\\n' ${SECTION.start}`),
  starts('200 OK', [['\xe4', 'c']], "raised ValueError: not a header name: '\\xe4' (RFC 9110, 5.1)"),
  starts('200 OK', [['a', 1]], `raised TypeError: the value of a must be a str, not int ${SECTION.strings}`),
  starts(
    '200 OK',
    [['a', 'b\r\nc: d']],
    `raised ValueError: the value of a has a control character: '\\r' ${SECTION.start}`,
  ),
  starts(
    '200 OK',
    [['a', 'b\tc']],
    `raised ValueError: the value of a has a control character: '\\t' ${SECTION.start}`,
  ),
  starts(
    '200 OK',
    [['a', '\x7f']],
    `raised ValueError: the value of a has a control character: '\\x7f' ${SECTION.start}`,
  ),
  starts(
    '200 OK',
    [['a', '\u20ac']],
    `raised ValueError: the value of a has a character outside latin-1: '\\u20ac' ${SECTION.strings}`,
  ),
  ...['Connection', 'keep-alive', 'TRANSFER-ENCODING', 'Upgrade', 'TE', 'Trailer', 'Proxy-Authenticate'].map((name) =>
    starts(
      '200 OK',
      [[name, 'x']],
      `raised ValueError: ${name} is a hop-by-hop header, for the server alone ${SECTION.hop}`,
    ),
  ),
  starts(
    '200 OK',
    Array.from({ length: 1001 }, () => ['a', 'b']),
    'raised ValueError: too many headers: 1001, of 2008 characters; one response may have 1000, of 262144 together',
  ),
  starts(
    '200 OK',
    [['a', 'b'.repeat(262_144)]],
    'raised ValueError: too many headers: 1, of 262151 characters; one response may have 1000, of 262144 together',
  ),
)

function line(event: AppEvent): string {
  switch (event.kind) {
    case 'startResponse': {
      const headers = event.headers.map(([name, value]) => `${name}: ${value}`).join(', ')
      const after = event.excInfo === null ? '' : ` after ${event.excInfo.type}: ${event.excInfo.message}`
      return `startResponse ${event.status} {${headers}}${after}`
    }
    case 'chunk':
    case 'write':
      return `${event.kind} ${latin1Decode(event.data)}`
    case 'returned':
      return `returned ${event.length}`
    case 'raised':
      return `raised ${event.type}: ${event.message}`
    case 'noticed':
      return `noticed ${event.rule}`
    case 'logged':
      return `logged ${event.text}`
    case 'inputRead':
      return `${event.method} ${event.returned} of ${event.asked} at ${event.offset}`
    case 'environChanged':
      return `${event.key} ${event.before} -> ${event.after} at ${event.noticedAt}`
    case 'died':
      return `died ${event.status} ${event.reason}`
    default:
      return event.kind
  }
}

const HOSTS = [
  ...interpreters.map((python) => ({ name: `Python (${python})`, file: 'behaviours.py', python })),
  { name: 'TypeScript', file: TYPESCRIPT, python: undefined },
]

describe.each(HOSTS)('$name', ({ file, python }) => {
  const { options } = hostOptions()
  let host: Host
  const behave = (behaviour: string, call: CallOptions = {}) =>
    callHost(host, { ...call, environ: { ...call.environ, behaviour } })

  beforeAll(async () => {
    const chosen = python === undefined ? {} : { python }
    host = await createHost(file, { ...options, ...chosen, cwd: FIXTURES, env: process.env })
  })
  afterAll(() => host.close())

  test.each(ROWS)('$app: $law', async ({ app, call, transcript }) => {
    const { events, over } = behave(app, call)
    await over
    expect(events.map(line)).toEqual(['called', ...transcript, 'closed'])
  })

  test('a second request finds nothing of the first', async () => {
    const [first, second] = [behave('two_chunks'), behave('two_chunks')]
    await Promise.all([first.over, second.over])
    expect(second.events.filter(({ kind }) => kind !== 'queued')).toEqual(first.events)
  })

  test.each(['endless', 'long_list'])('%s: an application is never more than its credit ahead', async (app) => {
    let allowed = CREDIT
    let given = 0
    const call = behave(app, {
      onEvent: (event) => {
        if (event.kind !== 'chunk') return
        expect(given).toBeLessThan(allowed)
        given += event.data.length
      },
    })
    await call.reported('chunk', CREDIT / 16384)
    allowed += 16384
    call.running.more(16384)
    await call.reported('chunk', CREDIT / 16384 + 1)
    call.running.abort()
    await call.over
    const last = call.events.slice(-2).map(line)
    expect(last).toEqual(
      app === 'endless' ? ['logged close() ran', 'closed'] : [expect.stringMatching(/^chunk/), 'closed'],
    )
  })

  // A function that returns before the client has taken what it was given is all that TypeScript can offer.
  if (python !== undefined) {
    test('write() waits for credit, and is released when nobody waits for the rest', async () => {
      let allowed = CREDIT
      let given = 0
      const call = behave('writes_on', {
        onEvent: (event) => {
          if (event.kind !== 'write') return
          expect(given).toBeLessThan(allowed)
          given += event.data.length
        },
      })
      await call.reported('write', CREDIT / 16384)
      allowed += 16384
      call.running.more(16384)
      await call.reported('write', CREDIT / 16384 + 1)
      call.running.abort()
      await call.over
      expect(call.events.at(-1)).toEqual({ kind: 'closed' })
    })
  }

  test('what was written is paid for before the next chunk', async () => {
    let granted = false
    const call = behave('writes_then_yields', {
      onEvent: (event) => {
        if (event.kind === 'chunk') expect(granted).toBe(true)
      },
    })
    await call.reported('returned')
    granted = true
    call.running.more(CREDIT)
    await call.over
    expect(call.events.map(line).slice(-3)).toEqual(['chunk a', 'exhausted', 'closed'])
  })

  test('an empty chunk costs 64 bytes of credit', async () => {
    const call = behave('many_empty')
    await call.reported('chunk', CREDIT / 64)
    call.running.more(70_000 * 64)
    await call.over
    expect(call.events.filter(({ kind }) => kind === 'chunk')).toHaveLength(70_000)
  })

  test('the clock of a call never runs back, nor ahead of the run', async () => {
    for (let i = 0; i < 20; i++) {
      const before = options.now()
      const { times, over } = behave('late_start')
      await over
      expect(times).toEqual(times.toSorted((a, b) => a - b))
      expect(times[0]).toBeGreaterThanOrEqual(before)
      expect(times.at(-1)).toBeLessThanOrEqual(options.now())
    }
  })
})
