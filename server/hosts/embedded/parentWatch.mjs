/** Standard input is open as long as the server lives. Its end ends the process, whatever that is doing. */
import { Socket } from 'node:net'

const parent = new Socket({ fd: 0, readable: true, writable: false })
parent.on('error', () => {})
parent.on('close', () => process.kill(process.pid, 'SIGKILL'))
parent.resume()
