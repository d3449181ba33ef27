import { readFileSync, statSync } from 'node:fs'
import type { HostOptions } from './host.ts'

/** What a viewer can be shown; a larger file is not source that somebody wrote. */
const MOST_BYTES = 1024 * 1024

/** Reports the text of each of the application's own files once. */
export class Sources {
  private readonly onSource: HostOptions['onSource']
  private readonly language: 'python' | 'typescript'
  private readonly known = new Set<string>()

  constructor(onSource: HostOptions['onSource'], language: 'python' | 'typescript') {
    this.onSource = onSource
    this.language = language
  }

  report(file: string): void {
    if (this.known.has(file)) return
    this.known.add(file)
    const found = statSync(file, { throwIfNoEntry: false })
    if (!found?.isFile() || found.size > MOST_BYTES) return
    const named = /\.(py|[mc]?[jt]s)$/.test(file)
    this.onSource({ file, language: named ? this.language : 'text', text: readFileSync(file, 'utf8') })
  }
}
