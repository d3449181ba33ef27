/** What is said of an application that takes its time to be loaded, so that nobody waits before a silent terminal. */

/** How often it is said. */
const EVERY_MS = 5000

/**
 * Says at intervals that it is still loading, until the function it returns is called.
 * @param mostMs how long it may take; null where nobody ends it.
 */
export function sayWhileLoading(
  say: (text: string) => void,
  { mostMs, everyMs = EVERY_MS }: { mostMs: number | null; everyMs?: number | undefined },
): () => void {
  const began = performance.now()
  const limit = mostMs === null ? '' : ` (it may take ${mostMs / 1000} s, --app-timeout allows more)`
  const timer = setInterval(() => {
    const seconds = Math.round((performance.now() - began) / 100) / 10
    say(`the application is still loading after ${seconds} s${limit}`)
  }, everyMs)
  return () => clearInterval(timer)
}
