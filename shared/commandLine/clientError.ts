/** A command that is not carried out. `code` is curl's exit code for it. */
export class ClientError extends Error {
  override readonly name = 'ClientError'
  readonly code: number
  constructor(code: number, message: string) {
    super(message)
    this.code = code
  }
}

/** CURLE_FAILED_INIT: what curl says of a command line it does not understand. */
export const BAD_COMMAND = 2

/** CURLE_READ_ERROR: a file that cannot be read. */
export const NO_FILE = 26
