/** How long frames are, as a page sees them. */
import type { Page } from '@playwright/test'
import * as z from 'zod'
import { percentile } from '../statistics.ts'

/** Text, and no function: what a loader adds to functions is not there in the page. */
const FRAMES = `(ms) =>
  new Promise((resolve) => {
    const times = []
    const began = performance.now()
    let before = began
    const frame = (now) => {
      times.push(now - before)
      before = now
      if (now - began < ms) requestAnimationFrame(frame)
      else resolve(times.slice(1))
    }
    requestAnimationFrame(frame)
  })`

/** The times between frames over `seconds`, in milliseconds. */
export const framesOf = async (page: Page, seconds: number): Promise<number[]> =>
  z.array(z.number()).parse(await page.evaluate(`(${FRAMES})(${seconds * 1000})`))

export const p99 = (times: readonly number[]): number => percentile(times, 0.99)
