/** A moment as a link: `#run=…&exchange=3&at=7.4`. The playhead is a real number, so a flight can be linked to. */
export interface Moment {
  readonly run: string
  readonly exchange: number
  readonly playhead: number
}

/** Null for a fragment that is none, whatever it is instead. */
export function parseMoment(hash: string): Moment | null {
  const fields = new URLSearchParams(hash.replace(/^#/, ''))
  const run = fields.get('run')
  const exchange = Number(fields.get('exchange') ?? Number.NaN)
  const playhead = Number(fields.get('at') ?? Number.NaN)
  if (run === null || run === '' || !Number.isInteger(exchange) || exchange < 1) return null
  return Number.isFinite(playhead) && playhead >= 0 ? { run, exchange, playhead } : null
}

export const formatMoment = ({ run, exchange, playhead }: Moment): string =>
  `#run=${encodeURIComponent(run)}&exchange=${exchange}&at=${Number(playhead.toFixed(3))}`
