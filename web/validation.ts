/**
 * Zod compiles its schemas with `new Function`, which our Content-Security-Policy refuses. It has to be told before the
 * first schema is made, so this is the first import of the page.
 */
import { config } from 'zod'

config({ jitless: true })
