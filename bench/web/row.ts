import type { Browser } from '@playwright/test'

/** What is measured in a browser. */
export interface WebRow {
  readonly name: string
  /** One round: figures by their names, with what they are compared to among them. `checkout` is built. */
  measure(browser: Browser, checkout: string): Promise<Record<string, number>>
}
