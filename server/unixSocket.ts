/** Unix domain sockets have a file, and a server that was killed leaves it behind. */
import { lstat, unlink } from 'node:fs/promises'
import { connect } from 'node:net'

/** What stands where a socket is to be. */
export type Occupant = 'nothing' | 'a server' | 'another file'

/** Removes the file of a server that is no more. Answers what is there then. */
export async function clearSocketPath(path: string): Promise<Occupant> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return null
    throw error
  })
  if (found === null) return 'nothing'
  if (!found.isSocket()) return 'another file'
  if (await answers(path)) return 'a server'
  await unlink(path)
  return 'nothing'
}

/** Whether somebody listens there; one that may not be asked is taken to. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'ECONNREFUSED'))
  })
}
