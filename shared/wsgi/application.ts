/**
 * A WSGI application in TypeScript: PEP 3333 with the words of the language it is written in. What is an exception there
 * is an exception here, `bytes` is a Uint8Array, and an application that has to wait may answer with a promise.
 */

/** The environ, as plain an object as Python's is a dict. Keys of other kinds than these are the middleware's own. */
export interface Environ {
  REQUEST_METHOD: string
  SCRIPT_NAME: string
  PATH_INFO: string
  QUERY_STRING: string
  SERVER_NAME: string
  SERVER_PORT: string
  SERVER_PROTOCOL: string
  CONTENT_TYPE?: string
  CONTENT_LENGTH?: string
  'wsgi.version': readonly [1, 0]
  'wsgi.url_scheme': string
  'wsgi.input': WsgiInput
  'wsgi.errors': WsgiErrors
  'wsgi.multithread': boolean
  'wsgi.multiprocess': boolean
  'wsgi.run_once': boolean
  'wsgi.input_terminated': boolean
  'wsgi.file_wrapper': (file: Readable, blockSize?: number) => WsgiIterable
  [key: string]: unknown
}

/** The body. Each method returns no more than there is, and nothing at the end. */
export interface WsgiInput extends Iterable<Uint8Array> {
  /** At most `size` bytes; all that are left without it. */
  read(size?: number): Uint8Array
  /** Up to and including the next line feed, at most `size` bytes. */
  readline(size?: number): Uint8Array
  /** Lines, until they have `hint` bytes together; all that are left without it. */
  readlines(hint?: number): Uint8Array[]
}

/** Text for the server's log. */
export interface WsgiErrors {
  write(text: string): void
  writelines(lines: Iterable<string>): void
  flush(): void
}

export interface Readable {
  read(size: number): Uint8Array
  close?(): void
}

export type Header = [name: string, value: string]

/**
 * Stores status and headers; nothing is sent yet. A second call replaces them, and needs the error that made it necessary.
 * @throws what PEP 3333 says an application must not do; the error itself once the headers are out.
 */
export type StartResponse = (status: string, headers: Header[], error?: Error | null) => Write

/** Sends some of the body at once. For what cannot return an iterable. */
type Write = (data: Uint8Array) => void

/** `close` is called once, whatever happened. */
export type WsgiIterable = (Iterable<Uint8Array> | AsyncIterable<Uint8Array>) & { close?(): void | Promise<void> }

export type Application = (environ: Environ, startResponse: StartResponse) => WsgiIterable | Promise<WsgiIterable>
