/** What keeps a server from starting, in one line. */
import type { Options } from './options.ts'
import { TapLoop } from './tap/serveTap.ts'

/** The server cannot start; `message` is one line that says what to do. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

const whose = (flag: string, { host, uiHost }: Options): string =>
  flag === 'ui-port' ? `--ui-host ${uiHost}` : `--host ${host}`

/** @throws StartError, where this address cannot be listened on */
export async function listenOn<T>(
  flag: 'port' | 'listen' | 'ui-port',
  options: Options,
  begin: () => Promise<T>,
): Promise<T> {
  const port = flag === 'ui-port' ? options.uiPort : options.port
  try {
    return await begin()
  } catch (error) {
    if (error instanceof TapLoop) throw new StartError(error.message)
    const code = error instanceof Error && 'code' in error ? error.code : null
    switch (code) {
      case 'EADDRINUSE':
        throw new StartError(`port ${port} is taken by another program; try --${flag} 0, which picks a free one`)
      case 'EACCES':
        throw new StartError(`port ${port} is not yours to use; try --${flag} 0, which picks a free one`)
      case 'EADDRNOTAVAIL':
      case 'ENOTFOUND':
      case 'EAI_AGAIN':
        throw new StartError(`${whose(flag, options)} is no address of this machine; try 127.0.0.1`)
      default:
        // Whatever else the system has against it, such as a link-local address without its interface.
        if (!(error instanceof Error) || !('syscall' in error)) throw error
        throw new StartError(`${whose(flag, options)} cannot be listened on: ${error.message}; try 127.0.0.1`)
    }
  }
}
