/** What the cards and the caption make of an application that is a framework's: folded frames, changed keys, odd bodies. */
import { describe, expect, test } from 'vitest'
import { answering, called } from '../../shared/testing/apps.ts'
import type { TestApp } from '../../shared/testing/conversation.ts'
import { exchange, GET, recorded } from '../../shared/testing/recorded.ts'
import type { StackFrame } from '../../shared/trace/events.ts'
import { fold } from '../../shared/trace/fold.ts'
import { dictionaries } from '../i18n/dictionary.ts'
import { captionOf, plainCaption } from './captionOf.ts'
import { lineAtWork } from './content/application.ts'
import type { Row } from './content/content.ts'
import { environRows } from './content/environRows.ts'
import { startResponseRows } from './content/startResponse.ts'

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
    expect(caption(answering('200 OK', [...TEXT, length], ['abc']))).toContain('a chunk of 3 bytes and sent it')
  })

  test('says of an empty chunk, and of one that HEAD keeps back, that only the head went out', () => {
    const empty = answering('302 Found', [['Location', '/']], [''])
    expect(caption(empty)).toBe(plainCaption(captions.emptyChunk))
    const head = GET.replace('GET', 'HEAD')
    expect(caption(answering('200 OK', [...TEXT, length], ['abc']), head)).toBe(plainCaption(captions.chunkUnsent))
    expect(caption(answering('200 OK', [...TEXT, length], ['a', 'bc']), head)).toBe(plainCaption(captions.chunkUnsent))
  })
})
