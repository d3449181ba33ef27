/** `0`, `312 µs`, `4.2 ms`, `42 ms`, `3.2 s`, `−1.2 ms`: two or three figures, the unit that fits. */
export function timeText(micros: number): string {
  if (micros <= -0.5) return `−${timeText(-micros)}`
  if (micros < 0.5) return '0'
  if (micros < 999.5) return `${Math.round(micros)} µs`
  if (micros < 999_500) return `${figures(micros / 1000)} ms`
  return `${figures(micros / 1_000_000)} s`
}

const figures = (value: number): string => (value < 9.95 ? value.toFixed(1) : String(Math.round(value)))

/** Local time of day of a Unix time in milliseconds: `09:05:01.042`. */
export function clockText(unixMs: number): string {
  const date = new Date(unixMs)
  const two = (value: number) => String(value).padStart(2, '0')
  const clock = [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(':')
  return `${clock}.${String(date.getMilliseconds()).padStart(3, '0')}`
}
