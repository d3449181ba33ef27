import type { Row } from './content.ts'

/** Rows that are one value: copied, they are this text and a line end. */
export const copied = (rows: readonly Row[], text: string): Row[] =>
  rows.map((row, at) => ({ ...row, copy: at === 0 ? `${text}\n` : '' }))
