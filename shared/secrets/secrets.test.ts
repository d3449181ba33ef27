import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { base64Encode } from '../bytes/base64.ts'
import { latin1Encode } from '../bytes/latin1.ts'
import { findInForm, findInTarget, findInValue, findSecrets } from './find.ts'
import { SecretValues, starred } from './mask.ts'
import { isSecretName } from './names.ts'

test.each([
  ...[
    'Authorization',
    'Proxy-Authorization',
    'Cookie',
    'Set-Cookie',
    'X-Api-Key',
    'X-Auth-Token',
    'X-CSRFToken',
    'X-XSRF-TOKEN',
  ],
  ...[
    'HTTP_COOKIE',
    'HTTP_X_API_KEY',
    'HTTP_AUTHORIZATION',
    'X-Amz-Security-Token',
    'Ocp-Apim-Subscription-Key',
    'X-Session-Id',
  ],
  ...[
    'password',
    'user[password]',
    'passwd',
    'pwd',
    'pw',
    'newPassword1',
    'passphrase',
    'pin',
    'otp',
    'cvv',
    'secret',
    'client_secret',
  ],
  ...[
    'csrfmiddlewaretoken',
    'authenticity_token',
    '_csrf',
    'access_token',
    'refreshToken',
    'id_token',
    'apiKey',
    'api_key',
    'sid',
  ],
  ...[
    'PHPSESSID',
    'JSESSIONID',
    'sessionid',
    'X-Amz-Signature',
    'sig',
    'jwt',
    'private_key',
    'SAMLResponse',
    'SECRET_KEY',
  ],
])('%s is a secret name', (name) => {
  expect(isSecretName(name)).toBe(true)
})

test.each([
  ...[
    'Host',
    'Accept',
    'Content-Type',
    'Content-Length',
    'User-Agent',
    'Access-Control-Allow-Credentials',
    'WWW-Authenticate',
  ],
  ...[
    'Content-Security-Policy',
    'Sec-WebSocket-Key',
    'ETag',
    'X-Request-Id',
    'HTTP_HOST',
    'PATH_INFO',
    'SERVER_NAME',
    'Author',
  ],
  ...[
    'user',
    'username',
    'name',
    'key',
    'q',
    'page',
    'max_tokens',
    'token_type',
    'token_count',
    'passenger',
    'secretary',
    'shipping',
  ],
])('%s is none', (name) => {
  expect(isSecretName(name)).toBe(false)
})

const masked = (text: string): string => starred(text, findSecrets(text))

test.each([
  [
    'GET / HTTP/1.1\r\nCookie: a=1; sid=abcdef\r\nX-Api-Key:  k1 \r\nHost: a\r\n',
    'GET / HTTP/1.1\r\nCookie: a=*; sid=******\r\nX-Api-Key:  ** \r\nHost: a\r\n',
  ],
  ['Authorization: Basic abc\r\n def\r\nHost: a', 'Authorization: *********\r\n****\r\nHost: a'],
  ['Authorization: Bear', 'Authorization: ****'],
  ['Set-Cookie: sid=abc; Path=/; HttpOnly', 'Set-Cookie: sid=***; Path=/; HttpOnly'],
  ['Cookie: nameless', 'Cookie: ********'],
  ['POST /?password=x%20y&b=1 HTTP/1.1', 'POST /?password=*****&b=1 HTTP/1.1'],
  ['user%5Bpassword%5D=xyz&a=b', 'user%5Bpassword%5D=***&a=b'],
  ['/cb#access_token=abc&state=1', '/cb#access_token=***&state=1'],
  ['{"password": "a\\"b", "pin": 1234, "user": "u"}', '{"password": "****", "pin": ****, "user": "u"}'],
  ['{"password": "cut of', '{"password": "******'],
  ["{'HTTP_COOKIE': 'sid=abc; b=cd', 'x': 1}", "{'HTTP_COOKIE': 'sid=***; b=**', 'x': 1}"],
  ["[('X-Api-Key', 'abc'), ('a', 'b')]", "[('X-Api-Key', '***'), ('a', 'b')]"],
  ['["password", "name", "mail"]', '["password", "name", "mail"]'],
  ['"{\\"token\\":\\"a\\\\\\"d\\",\\"b\\":1}"', '"{\\"token\\":\\"******\\",\\"b\\":1}"'],
  ['&quot;password&quot;: &quot;abc&quot;', '&quot;password&quot;: &quot;***&quot;'],
  ['<input type="hidden" name="csrf_token" value="abc">', '<input type="hidden" name="csrf_token" value="***">'],
  ["<input value='abc' name=csrf_token>", "<input value='***' name=csrf_token>"],
  ['<meta name="csrf-token" content="abc" />', '<meta name="csrf-token" content="***" />'],
  ['<div data-csrf-token="abc">', '<div data-csrf-token="***">'],
  ['<password>abc</password>', '<password>***</password>'],
  ['password = "hunter2"', 'password = "*******"'],
  ['see https://u:pw@h/ and git://tok@h', 'see https://u:**@h/ and git://***@h'],
  ['x eyJhbGciOiJIUzI1NiJ9.eyJhIjoxfQ.c2ln y', `x ${'*'.repeat(36)} y`],
  ['curl -H "Authorization: Bearer abc12345"', `curl -H "Authorization: Bearer ${'*'.repeat(8)}"`],
  [
    '--b\r\nContent-Disposition: form-data; name="password"\r\nX: y\r\n\r\nse\r\ncret\r\n--b--\r\n',
    '--b\r\nContent-Disposition: form-data; name="password"\r\nX: y\r\n\r\n**\r\n****\r\n--b--\r\n',
  ],
  [
    'Content-Disposition: form-data; name="user"\r\n\r\nabc\r\n--b',
    'Content-Disposition: form-data; name="user"\r\n\r\nabc\r\n--b',
  ],
])('in %j the secrets are found by their names', (text, expected) => {
  expect(masked(text)).toBe(expected)
})

test('in a form only the ampersand ends a value', () => {
  const form = 'user=a b&password=it\'s (a) "secret"; <x>,{y}&b=1'
  expect(starred(form, findInForm(form))).toBe(`user=a b&password=${'*'.repeat(26)}&b=1`)
  const target = "/login?password=it's(1)&b=1"
  expect(starred(target, findInTarget(target))).toBe('/login?password=*******&b=1')
  const query = "password=it's(1)&b=1"
  expect(starred(query, findInValue('QUERY_STRING', query))).toBe('password=*******&b=1')
})

test('a value that is searched for stays as long as what it hides, line ends included', () => {
  expect(starred('a\r\nb\nc', [{ start: 0, end: 6 }])).toBe('*\r\n*\n*')
  expect(
    starred('abcdef', [
      { start: 1, end: 3 },
      { start: 2, end: 5 },
      { start: 3, end: 4 },
    ]),
  ).toBe('a****f')
})

const hiding = (secret: string, text: string): string => {
  const values = new SecretValues()
  values.add(secret)
  return starred(text, values.spansIn(text))
}

const hex = (char: string) => char.charCodeAt(0).toString(16)
/** The ways in which a text is written elsewhere; each hides its characters one by one. */
const FORMS: [what: string, (text: string) => string][] = [
  ['as it is', (text) => text],
  ['percent-encoded', encodeURIComponent],
  ['percent-encoded twice', (text) => encodeURIComponent(encodeURIComponent(text))],
  ['percent-encoded altogether', (text) => [...text].map((char) => `%${hex(char).padStart(2, '0')}`).join('')],
  ['as a form has it', (text) => new URLSearchParams([['', text]]).toString().slice(1)],
  ['in JSON', (text) => JSON.stringify(text).slice(1, -1)],
  ['in JSON in JSON', (text) => JSON.stringify(JSON.stringify(text)).slice(1, -1)],
  ['in JSON altogether', (text) => [...text].map((char) => `\\u${hex(char).padStart(4, '0')}`).join('')],
  ["in Python's repr", (text) => `'${text.replace(/[\\']/g, '\\$&')}'`],
  [
    'in HTML',
    (text) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;').replaceAll("'", '&#39;'),
  ],
  ['in UTF-16', (text) => [...text].map((char) => `${char}\0`).join('')],
]

const secretText = fc
  .string({ unit: 'grapheme-ascii', minLength: 10, maxLength: 30 })
  // At its end a character that begins an escape would take in what follows.
  .filter((text) => text.trim() === text && /[a-z]/i.test(text) && !/[%&\\]$/.test(text))
const around = fc.string({ unit: 'grapheme-ascii', maxLength: 20 }).map((text) => text.replaceAll(/[%\\&]/g, ''))

describe('a secret that was found anywhere is hidden wherever it turns up', () => {
  test.each(FORMS)('%s', (_, written) => {
    fc.assert(
      fc.property(secretText, around, around, (secret, before, behind) => {
        const form = written(secret)
        const hidden = hiding(secret, before + form + behind)
        expect(hidden).toHaveLength((before + form + behind).length)
        expect(hidden).not.toContain(secret)
        // What stands before it can only be hidden where it looks like a part of it.
        expect(
          hidden.slice(before.length).startsWith('*'.repeat(form.replace(/^'|'$/g, '').length - 1)) ||
            hidden.includes('*'.repeat(secret.length)),
        ).toBe(true)
        expect(hidden.includes(form)).toBe(form.includes('*') && /^\*+$/.test(form))
      }),
    )
  })

  test('in base64, wherever it begins', () => {
    fc.assert(
      fc.property(secretText, around, around, (secret, before, behind) => {
        const letters = base64Encode(latin1Encode(before + secret + behind))
        const hidden = hiding(secret, letters)
        // At most the letters at its ends, which it shares with its neighbours, are left.
        const stars = /\*+/.exec(hidden)?.[0].length ?? 0
        expect(stars).toBeGreaterThanOrEqual(Math.floor((secret.length * 8) / 6) - 2)
      }),
    )
  })

  test('cut off at an end of what is there, or where it was printed in part', () => {
    expect(hiding('t0p-s3cret-value', 'a t0p-s3cr')).toBe('a ********')
    expect(hiding('t0p-s3cret-value', 's3cret-value b')).toBe('************ b')
    expect(hiding('t0p-s3cret-value', "x='t0p-s3cr'… and t0p-s3...")).toBe("x='********'… and ******...")
  })

  test('a token without its scheme, the password within Basic, the decoded value, another alphabet', () => {
    expect(hiding('Bearer abcdefgh', 'abcdefgh')).toBe('********')
    expect(hiding('Basic dXNlcjpwYXNzd29yZA==', 'password user:password dXNlcjpwYXNzd29yZA')).toBe(
      '******** ************* ******************',
    )
    expect(hiding('a%20b%2Fcdef', 'a b/cdef')).toBe('********')
    expect(hiding('пароль-секрет', '\\u043f\\u0430\\u0440\\u043e\\u043b\\u044c-секрет')).toBe('*'.repeat(43))
    expect(hiding('\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe', 'паро')).toBe('паро')
    expect(hiding('\xd0\xbf\xd0\xb0\xd1\x80\xd0\xbe\xd0\xbb\xd1\x8c', 'пароль')).toBe('******')
  })

  test('two of them that overlap are hidden both', () => {
    const values = new SecretValues()
    values.add('abcdefgh')
    values.add('efghijkl')
    expect(starred('abcdefghijkl', values.spansIn('abcdefghijkl'))).toBe('************')
    expect(hiding('ananana', 'ananananana')).toBe('***********')
  })
})

test.each([
  ['a list', `{"api_key": ["§one§", "§two§"], "n": ["three"]}`],
  ['an object, however deep', `{"credentials": {"user": "§ada§", "more": [{"id": §4711§, "b": true}]}, "after": "c"}`],
  ["Python's repr()", `{'secret': ('§one§', b'§two§'), 'x': ['y']}`],
  ['one that is cut off', `{"password": ["§one§", {"a": "§tw§`],
  ['one in another', `{"a": {"token": {"b": "§one§"}}, "c": "d"}`],
])('each value in a list or an object with a secret name is a secret: %s', (_, marked) => {
  const text = marked.replaceAll('§', '')
  const expected = marked.replace(/§([^§]*)(§|$)/g, (_, value: string) => '*'.repeat(value.length))
  expect(starred(text, findSecrets(text))).toBe(expected)
})

test.each([`token=" `, `"token": token=" `, `"token":[`, `{"token":{"a":1`, `("token",' `])(
  'the time it takes to search grows with the text, and no faster: %s',
  (unit) => {
    const quickest = (length: number): number => {
      const text = unit.repeat(length / unit.length)
      const times = Array.from({ length: 3 }, () => {
        const began = performance.now()
        findSecrets(text)
        return performance.now() - began
      })
      return Math.min(...times)
    }
    const short = quickest(1 << 14)
    // Sixteen times as long: 256 times where each part is looked at once more for each other.
    expect(quickest(1 << 18) / Math.max(0.5, short)).toBeLessThan(80)
  },
)
