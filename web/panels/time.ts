/** `0`, `312 µs`, `4.2 ms`, `42 ms`, `3.2 s`, `−1.2 ms`: two or three figures, the unit that fits. */
export function timeText(micros: number): string {
  if (micros <= -0.5) return `−${timeText(-micros)}`
  if (micros < 0.5) return '0'
  if (micros < 999.5) return `${Math.round(micros)} µs`
  if (micros < 999_500) return `${figures(micros / 1000)} ms`
  return `${figures(micros / 1_000_000)} s`
}

const figures = (value: number): string => (value < 9.95 ? value.toFixed(1) : String(Math.round(value)))
