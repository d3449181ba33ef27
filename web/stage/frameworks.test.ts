/** What the cards and the caption make of an application that is a framework's: folded frames, changed keys, odd bodies. */
import { describe, expect, test } from 'vitest'
import type { AppEvent } from '../../shared/gateway/types.ts'
import { answering, called, chunk, closed, exhausted, returned } from '../../shared/testing/apps.ts'
import type { TestApp } from '../../shared/testing/conversation.ts'
import { exchange, GET, recorded } from '../../shared/testing/recorded.ts'
import type { StackFrame } from '../../shared/trace/events.ts'
import { fold } from '../../shared/trace/fold.ts'
import { dictionaries } from '../testing/dictionaries.ts'
import { captionOf, plainCaption } from './captionOf.ts'
import { applicationRows } from './cards/application.ts'
import { environRows } from './cards/environ.ts'
import { startResponseRows } from './cards/startResponse.ts'
import type { Row } from './content/content.ts'
import { footNotes } from './content/findings.ts'
import { fileShown, lineAtWork } from './content/sourceRows.ts'

const { stage: words, captions } = dictionaries.en
const TEXT: [string, string][] = [['Content-Type', 'text/plain']]
const context = { cols: 40, words }

const stateOf = (app: TestApp) => {
  const events = recorded(exchange(app, GET))
  return fold(events, events.length)
}
const texts = (rows: readonly Row[]) => rows.map((row) => row.tokens.map((token) => token.text).join(' '))

describe('the callers of start_response', () => {
  const calledBy = (...stack: StackFrame[]): TestApp => {
    const start = { kind: 'startResponse', status: '200 OK', headers: TEXT, excInfo: null, stack } as const
    return () => [{ ...called, file: '/app/shop.py', line: 7 }, start]
  }
  const own = { file: '/app/stack.py', line: 35, function: 'Stamp.__call__.<locals>.stamping' }
  const rows = (...stack: StackFrame[]) => texts(startResponseRows(stateOf(calledBy(...stack)), context)).join('\n')

  test('are told where some of them are not of the application, innermost first', () => {
    expect(
      rows(own, { folded: 5, of: ['werkzeug', 'flask'] }, { ...own, line: 37, function: 'Stamp.__call__' }),
    ).toMatch(/^Called by stack\.py:35 stamping\n… 5 frames of werkzeug, flask\nstack\.py:37 Stamp\.__call__\n'200 OK'/)
    expect(rows({ folded: 1 })).toMatch(/^Called by … 1 frame\n'200 OK'\n/)
  })

  test('are told to be no code of the reader where none is', () => {
    const sentence = words.startResponse.byFramework
    expect(rows({ folded: 1, of: ['django'] }).replaceAll('\n', ' ')).toContain(sentence)
    expect(rows(own, { folded: 1, of: ['django'] }).replaceAll('\n', ' ')).not.toContain(sentence)
  })

  test('are not told where the source shows them all', () => {
    expect(rows(own)).not.toContain('Called by')
  })

  test('leave what the server called marked, where none of them can be', () => {
    expect(lineAtWork(stateOf(calledBy({ folded: 3 })))).toEqual({ file: '/app/shop.py', line: 7 })
    expect(lineAtWork(stateOf(calledBy({ folded: 3 }, own)))).toMatchObject({ file: '/app/stack.py', line: 35 })
  })
})

describe('the line of an answer that a framework gives', () => {
  const view = { file: '/app/views.py', line: 12, function: 'login' }
  const middleware = { file: '/app/stack.py', line: 37, function: 'Stamp.__call__' }
  const folded = { folded: 5, of: ['werkzeug', 'flask'] }
  const start = (status: string, stack: StackFrame[]): AppEvent => ({
    kind: 'startResponse',
    status,
    headers: TEXT,
    excInfo: null,
    stack,
    answer: view,
  })
  const made = { ...called, file: '/app/shop.py', line: 7 }

  test('is that of the view, also where middleware of the application stands around the framework', () => {
    expect(lineAtWork(stateOf(() => [made, start('200 OK', [folded, middleware])]))).toEqual(view)
    expect(lineAtWork(stateOf(() => [made, start('200 OK', [middleware, folded])]))).toEqual(middleware)
  })

  test('stays in sight when the chunks have gone out', () => {
    const state = stateOf(() => [made, start('200 OK', [folded]), returned(1), chunk('a'), exhausted, closed])
    expect(fileShown(state, '/app/shop.py')).toBe('/app/views.py')
    const text = Array.from({ length: 20 }, (_, n) => `line ${n + 1}`).join('\n')
    const marked = applicationRows(state, { file: '/app/views.py', text }, context).filter(
      ({ mark }) => mark === 'past',
    )
    expect(texts(marked)).toEqual([expect.stringContaining('line 12')])
  })

  const caught: AppEvent = {
    kind: 'caught',
    type: 'ZeroDivisionError',
    message: 'division by zero',
    traceback: 'Traceback',
    stack: [{ folded: 2, of: ['decimal'] }, view, { ...view, line: 40, function: 'checkout' }, folded, middleware],
  }

  test('is the one that raised, where the framework made a 500 of it, to the end', () => {
    const events = recorded(
      exchange(() => [made, caught, start('500 Oops', [folded]), returned(1), chunk('a'), exhausted, closed], GET),
    )
    const at = events.findIndex(({ kind }) => kind === 'app.caught')
    for (const playhead of [at + 0.5, at + 1, events.length]) {
      expect(lineAtWork(fold(events, playhead))).toMatchObject({ file: '/app/views.py', line: 12 })
    }
  })

  test.each(['en', 'zh-CN'] as const)('is told with its own frames first, and the others folded (%s)', (language) => {
    const { stage } = dictionaries[language]
    const state = stateOf(() => [made, caught, start('500 Oops', [folded])])
    const [note, ...others] = footNotes('application', state, { cols: 80, words: stage }, false, false)
    expect(others).toEqual([])
    expect(note?.level).toBe('raised')
    expect(note?.lines).toEqual([
      'views.py:12 login',
      'views.py:40 checkout',
      'stack.py:37 Stamp.__call__',
      stage.startResponse.folded(7, 'decimal, werkzeug, flask'),
      stage.application.caught,
    ])
  })
})

test('a key that was changed says so where it stands, and its values stand below, one after the other', () => {
  const change = (key: string, before: string | null, after: string | null) =>
    ({ kind: 'environChanged', key, before, after, noticedAt: 'startResponse' }) as const
  const app: TestApp = () => [
    called,
    change('werkzeug.request', null, '<Request>'),
    change('PATH_INFO', "'/hello'", "'/'"),
    change('HTTP_ACCEPT', "'*/*'", null),
    change('HTTP_HOST', "'localhost:8888'", "'shop.example.org:8443'"),
    change('werkzeug.request', '<Request>', 'None'),
  ]
  const rows = texts(environRows(stateOf(app), context))
  expect(rows).toContain("PATH_INFO '/hello' → …")
  expect(rows).toContain("HTTP_ACCEPT '*/*' → …")
  expect(rows).toContain("REQUEST_METHOD 'GET'")
  expect(rows.slice(rows.indexOf(words.environ.changed) + 1)).toEqual([
    ...['PATH_INFO', "'/hello' → '/'", 'HTTP_ACCEPT', "'*/*' → (removed)"],
    ...['HTTP_HOST', "'localhost:8888'", "→ 'shop.example.org:8443'"],
    ...['werkzeug.request', '(absent) → <Request> → None'],
  ])
})

describe('the caption of what goes out', () => {
  const caption = (app: TestApp, request = GET) => {
    const events = recorded(exchange(app, request))
    const at = events.findIndex(({ kind }) => kind === 'response.answered')
    return plainCaption(captionOf(events, at, captions))
  }
  const length: [string, string] = ['Content-Length', '3']

  test('is of a chunk that was sent', () => {
    expect(caption(answering('200 OK', [...TEXT, length], ['abc']))).toContain('the one chunk, 3 bytes, and sent it')
  })

  test('says of an empty chunk, and of one that HEAD keeps back, that only the head went out', () => {
    const empty = answering('302 Found', [['Location', '/']], [''])
    expect(caption(empty)).toBe(plainCaption(captions.emptyChunk))
    const head = GET.replace('GET', 'HEAD')
    expect(caption(answering('200 OK', [...TEXT, length], ['abc']), head)).toBe(plainCaption(captions.chunkUnsent))
    expect(caption(answering('200 OK', [...TEXT, length], ['a', 'bc']), head)).toBe(plainCaption(captions.chunkUnsent))
  })
})
