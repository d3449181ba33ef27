import type { WsgiErrors } from '../../../shared/wsgi/application.ts'
import { broken, typeName } from '../../../shared/wsgi/startResponse.ts'

export interface ErrorLogOwner {
  /** A whole line, without its end. */
  onErrorLine(line: string): void
  onStreamClosed(): void
  /** What is written is not text; the TypeError is thrown at the application next. */
  onErrorsNotStr(): void
}

/** wsgi.errors: text for the server's log, line by line. As in Python, `write` works without its object as well. */
export class ErrorLog implements WsgiErrors {
  readonly #owner: ErrorLogOwner
  #partial = ''

  constructor(owner: ErrorLogOwner) {
    this.#owner = owner
  }

  readonly write = (text: string): void => {
    if (typeof text !== 'string') {
      const message = `wsgi.errors takes str, not ${typeName(text)} (PEP 3333, "Input and Error Streams")`
      this.#owner.onErrorsNotStr()
      throw broken('errors-not-str', new TypeError(message))
    }
    const lines = (this.#partial + text).split('\n')
    this.#partial = lines.pop() ?? ''
    for (const line of lines) this.#owner.onErrorLine(line)
  }

  readonly writelines = (lines: Iterable<string>): void => {
    for (const line of lines) this.write(line)
  }

  flush(): void {
    if (this.#partial !== '') this.write('\n')
  }

  /** Of the application's, which must not: it closes nothing. */
  close(): void {
    this.#owner.onStreamClosed()
  }
}
