/** What keeps a server from starting, in one line. */
import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Options } from './options.ts'
import { TapLoop } from './tap/serveTap.ts'
import { clearSocketPath } from './unixSocket.ts'

/** The server cannot start; `message` is one line that says what to do. */
export class StartError extends Error {
  override readonly name = 'StartError'
}

type PortFlag = 'port' | 'listen' | 'ui-port' | 'uwsgi-port'

const whose = (flag: PortFlag, { host, uiHost }: Options): string =>
  flag === 'ui-port' ? `--ui-host ${uiHost}` : `--host ${host}`

const portOf = (flag: PortFlag, { port, uiPort, uwsgiPort }: Options): number | null =>
  flag === 'ui-port' ? uiPort : flag === 'uwsgi-port' ? uwsgiPort : port

/** @throws StartError, where this address cannot be listened on */
export async function listenOn<T>(flag: PortFlag, options: Options, begin: () => Promise<T>): Promise<T> {
  const port = portOf(flag, options)
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

const isFolder = (path: string): Promise<boolean> =>
  stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  )

/** @throws StartError, where there can be no socket at this path */
export async function listenAtPath<T>(
  flag: 'uwsgi-socket' | 'listen',
  path: string,
  begin: () => Promise<T>,
): Promise<T> {
  try {
    const folder = dirname(path)
    // Where there is none, the system says that permission is denied.
    if (!(await isFolder(folder))) throw new StartError(`--${flag} ${path}: there is no folder ${folder}`)
    const occupant = await clearSocketPath(path)
    if (occupant === 'a server')
      throw new StartError(`${path} is taken by another program; give --${flag} another path`)
    if (occupant !== 'nothing')
      throw new StartError(`${path} is a file already, and no socket; give --${flag} another path`)
    return await begin()
  } catch (error) {
    if (error instanceof TapLoop) throw new StartError(error.message)
    if (!(error instanceof Error) || !('syscall' in error)) throw error
    throw new StartError(`--${flag} ${path} cannot be listened on: ${error.message}`)
  }
}
