/**
 * Loaded before a server whose memory is measured: garbage is collected again and again, so that what is measured is what
 * the server holds, and not how much time the machine leaves for collecting.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

const EVERY_MS = 250

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc')
setInterval(collect, EVERY_MS).unref()
