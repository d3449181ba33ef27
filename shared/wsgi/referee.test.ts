import { describe, expect, test } from 'vitest'
import { brokenByHead } from './headRules.ts'
import { finding, isRuleId, RULES, type Rule, type RuleId } from './referee.ts'

const rules: readonly (readonly [string, Rule])[] = Object.entries(RULES)

type Headers = [string, string][]

const TYPE: Headers = [['Content-Type', 'text/plain']]
const DATE = 'Sun, 06 Nov 1994 08:49:37 GMT'

/** Of each rule that is read off the arguments of start_response: what breaks it, and the nearest thing that does not. */
const HEADS: readonly (readonly [RuleId, broken: [string, Headers], kept: [string, Headers]])[] = [
  ['status-header', ['200 OK', [['Status', '200 OK']]], ['200 OK', [['X-Status', '200 OK']]]],
  ['length-invalid', ['200 OK', [['Content-Length', '5, 5']]], ['200 OK', [['Content-Length', '5']]]],
  ['length-invalid', ['200 OK', [['Content-Length', '+5']]], ['200 OK', [['Content-Length', '05']]]],
  [
    'length-repeated',
    [
      '200 OK',
      [
        ['Content-Length', '5'],
        ['content-length', '5'],
      ],
    ],
    ['200 OK', [['Content-Length', '5']]],
  ],
  ['length-forbidden', ['204 No Content', [['Content-Length', '0']]], ['204 No Content', []]],
  ['length-forbidden', ['205 Reset', [['Content-Length', '1']]], ['205 Reset', [['Content-Length', '0']]]],
  ['content-type-forbidden', ['304 Not Modified', TYPE], ['200 OK', TYPE]],
  ['content-type-forbidden', ['204 No Content', TYPE], ['404 Not Found', TYPE]],
  ['content-type-forbidden', ['205 Reset', TYPE], ['206 Partial', TYPE]],
  [
    'header-repeated',
    ['200 OK', [...TYPE, ['content-type', 'a/b']]],
    [
      '200 OK',
      [
        ['Set-Cookie', 'a'],
        ['Set-Cookie', 'b'],
      ],
    ],
  ],
  [
    'header-repeated',
    [
      '200 OK',
      [
        ['ETag', '"a"'],
        ['ETag', '"a"'],
      ],
    ],
    [
      '200 OK',
      [
        ['Vary', 'a'],
        ['Vary', 'b'],
      ],
    ],
  ],
  ['name-underscore', ['200 OK', [['X_Name', '1']]], ['200 OK', [['X-Name', '_']]]],
  ['date-form', ['200 OK', [['Date', '1994-11-06']]], ['200 OK', [['Date', DATE]]]],
  ['date-form', ['200 OK', [['Last-Modified', DATE.replace('GMT', 'UTC')]]], ['200 OK', [['Last-Modified', DATE]]]],
  ['location-missing', ['302 Found', []], ['302 Found', [['Location', '/']]]],
  ['location-missing', ['308 Permanent', []], ['304 Not Modified', []]],
  ['challenge-missing', ['401 Unauthorized', []], ['401 Unauthorized', [['WWW-Authenticate', 'Basic']]]],
  ['allow-missing', ['405 Method Not Allowed', []], ['405 Method Not Allowed', [['Allow', 'GET']]]],
]

describe('what start_response is given', () => {
  test.each(HEADS)('%s: broken by %j, not by %j', (rule, broken, kept) => {
    expect(brokenByHead(...broken)).toEqual([rule])
    expect(brokenByHead(...kept)).toEqual([])
  })

  test('every rule that is about the head alone is tried, but for the type, which only a body needs', () => {
    const about = rules.flatMap(([id, rule]) => (rule.about.join() === 'app.startResponse' ? [id] : []))
    expect([...new Set<string>(HEADS.map(([rule]) => rule)), 'content-type-missing'].sort()).toEqual(about.sort())
  })

  test('a length where no body may be is forbidden, and nothing else is said of it', () => {
    expect(
      brokenByHead('204 No Content', [
        ['Content-Length', 'x'],
        ['Content-Length', 'y'],
      ]),
    ).toEqual(['length-forbidden'])
  })

  test('several rules broken at once are all said, each once', () => {
    const headers: Headers = [
      ['Status', '1'],
      ['X_A', '1'],
      ['X_B', '1'],
    ]
    expect(brokenByHead('401 Unauthorized', headers)).toEqual(['status-header', 'name-underscore', 'challenge-missing'])
  })
})

describe('the table of rules', () => {
  test.each(rules)('%s names its section, the events it may be about, and says one sentence', (_, rule) => {
    expect(rule.section).toMatch(/^(PEP 3333, \w|RFC \d{4} \d|uwsgi protocol, \w)/)
    expect(rule.about.length).toBeGreaterThan(0)
    expect(rule.message).toMatch(/^\S.*[^.]\.$/)
    expect(rule.message).not.toMatch(/\. [A-Z]/)
  })

  test('a finding says what its rule says, and is about an event only once the log has numbered them', () => {
    const { level, section, message } = RULES['header-underscore']
    expect(finding('header-underscore', { start: 3, end: 7 })).toEqual({
      ...{ kind: 'referee.finding', rule: 'header-underscore', level, section, message },
      ...{ about: null, span: { start: 3, end: 7 } },
    })
    expect(finding('write-used').span).toBeNull()
  })

  test('a name is a rule where the table has it, and not where every object does', () => {
    expect([isRuleId('write-used'), isRuleId('write'), isRuleId('toString')]).toEqual([true, false, false])
  })
})
