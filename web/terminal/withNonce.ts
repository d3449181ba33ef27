/**
 * xterm puts `<style>` elements into the page while it opens, and offers no way to give them the nonce that our
 * Content-Security-Policy asks of styles. They are made by `document.createElement` and all of them during `open()`, so
 * for the time of that one synchronous call every style element made gets the nonce. Later themes and sizes change the
 * text of the same elements.
 */
export function withStyleNonce<T>(document: Document, nonce: string, open: () => T): T {
  const original = document.createElement
  document.createElement = ((name: string, options?: ElementCreationOptions) => {
    const element = original.call(document, name, options)
    if (element instanceof HTMLStyleElement) element.nonce = nonce
    return element
  }) as typeof document.createElement
  try {
    return open()
  } finally {
    document.createElement = original
  }
}

/** The nonce that the server wrote into the page; empty where nobody did (the development server has no policy). */
export function pageNonce(document: Document): string {
  const content = document.querySelector('meta[name="csp-nonce"]')?.getAttribute('content') ?? ''
  return content.startsWith('__') ? '' : content
}
