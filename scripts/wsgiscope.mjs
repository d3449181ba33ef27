/** `npm run -s wsgiscope -- …`: the command in a checkout. Its stdout is its own, whatever had to be set up first. */
import { ensureBuilt, ensureInstalled } from './setup.mjs'

ensureInstalled()
ensureBuilt()
await import('../dist/server/cli.js')
