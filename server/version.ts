import { readFileSync } from 'node:fs'
import * as z from 'zod'

const Package = z.object({ name: z.literal('wsgiscope'), version: z.string() })

/** wsgiscope's own version, from its package.json: beside server/ in the source tree, one further up in dist/. */
export function readVersion(): string {
  for (const path of ['../package.json', '../../package.json']) {
    const url = new URL(path, import.meta.url)
    try {
      return Package.parse(JSON.parse(readFileSync(url, 'utf8'))).version
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
    }
  }
  throw new Error('package.json is missing')
}
