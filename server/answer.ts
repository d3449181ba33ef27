/** An answer of the page's port, before it is sent. */
export interface Answer {
  status: number
  headers: Record<string, string>
  body: Uint8Array | string
}

/** One line of text. */
export function plain(status: number, text: string): Answer {
  return {
    status,
    headers: { 'Content-Type': 'text/plain; charset=utf-8', 'Cache-Control': 'no-store' },
    body: `${text}\n`,
  }
}
