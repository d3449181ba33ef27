/** RFC 9110 5.6.7: IMF-fixdate, `Sun, 06 Nov 1994 08:49:37 GMT`; what toUTCString() is specified to say. */

/** Of the last second that was asked about. Safe to share: the text is a function of the second. */
let lastSecond = Number.NaN
let lastText = ''

/** `unixMs` is Unix time in milliseconds. Every response of one second carries the same text, made once. */
export function httpDate(unixMs: number): string {
  const second = Math.floor(unixMs / 1000)
  if (second !== lastSecond) {
    lastSecond = second
    lastText = new Date(second * 1000).toUTCString()
  }
  return lastText
}
