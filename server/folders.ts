/** Where what comes with wsgiscope lies: in the source tree and in dist/ alike. */
import { extname } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The built-in applications. */
export const APPS_FOLDER = fileURLToPath(new URL('../shared/apps/', import.meta.url))

/** `.ts` in the source tree, `.js` where it has been built. */
export const OWN_EXTENSION = extname(import.meta.url)

/** The built page. */
export const WEB_FOLDER = fileURLToPath(new URL(OWN_EXTENSION === '.ts' ? '../dist/web/' : '../web/', import.meta.url))
