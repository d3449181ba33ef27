import type { FootNote } from './content/findings.ts'

/** One shape for each level, so that colour is not the only sign. */
const SHAPE: Record<FootNote['level'], string> = {
  error: 'M5 1h6l4 4v6l-4 4H5l-4-4V5zM5.5 5.5l5 5M10.5 5.5l-5 5',
  warning: 'M8 1.5 15 14H1zM8 6v4M8 11.6v.8',
  note: 'M8 1a7 7 0 1 1 0 14A7 7 0 1 1 8 1M8 7v4.5M8 4.2v.8',
  raised: 'M9.5 1 4 9h4l-1.5 6L12 7H8z',
  fine: 'M2 8.5 6.5 13 14 3.5',
}

export function FindingSign({ level }: { level: FootNote['level'] }) {
  return (
    <svg className={`finding-sign is-${level}`} viewBox="0 0 16 16" aria-hidden="true">
      <path d={SHAPE[level]} />
    </svg>
  )
}
