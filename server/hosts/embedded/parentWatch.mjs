/** Standard input is open as long as the server lives. Its end ends the process, whatever that is doing. */
import { Socket } from 'node:net'

const parent = new Socket({ fd: 0, readable: true, writable: false })
// `close` comes behind an error, and says all there is to say.
parent.on('error', () => undefined)
parent.on('close', () => process.kill(process.pid, 'SIGKILL'))
parent.resume()
