/** `npm start`: install, build, run. Arguments go to the command: `npm start -- app.py:app`. */
import { ensureBuilt, ensureInstalled } from './setup.mjs'

ensureInstalled()
ensureBuilt()
await import('../dist/server/cli.js')
