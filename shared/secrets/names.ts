/**
 * Whether what goes by a name should not be shown to everybody: one rule for header fields, environ keys, fields of forms and
 * queries, keys of JSON, attributes and local variables. It looks at letters and digits alone: X-Api-Key, HTTP_X_API_KEY and
 * apiKey are the same name.
 */

const SECRET = [
  /passw|passphrase|passcode|passkey|pwd|secret(?!ar)/,
  /(api|access|private|auth|encryption|signing|subscription|account|app)key/,
  /token|csrf|xsrf|jwt|bearer/,
  /sess(ion)?id|session(key|cookie)?$/,
  /credential|authori[sz]ation|signature|assertion|samlresponse|cookie2?$/,
  /^(http)?x?(pass|pw|pin|otp|totp|auth|sid|sig|cvv2?|cvc2?|cardnumber|creditcard|ssn|iban)$/,
]

/** They only sound like one. */
const HARMLESS = [
  /^(http)?(accesscontrol|secwebsocket|contentsecuritypolicy)/,
  /tokens$|token(type|count|limit|ur[il]|endpoint|izer?)|(password|secret|token)(field|name|hint|policy|reset)$/,
  /signature(input|method|version|algorithm)$/,
]

const lettersOf = (name: string): string => name.toLowerCase().replace(/[^a-z0-9]/g, '')

/** A page has the same few names thousands of times. Safe to share: the answer is a function of the name, and only so many are kept. */
const known = new Map<string, boolean>()
const MOST_KNOWN = 1000

export function isSecretName(name: string): boolean {
  const before = known.get(name)
  if (before !== undefined) return before
  const letters = lettersOf(name)
  const is = SECRET.some((rule) => rule.test(letters)) && !HARMLESS.some((rule) => rule.test(letters))
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(name, is)
  return is
}

/** Cookie and Set-Cookie, as header fields and environ keys: `request` has pairs, `response` one with attributes. */
export function cookieKind(name: string): 'request' | 'response' | null {
  const [, set] = /^(?:http)?(set)?cookie2?$/.exec(lettersOf(name)) ?? [null, null]
  return set === null ? null : set === undefined ? 'request' : 'response'
}
