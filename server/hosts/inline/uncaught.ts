/**
 * Exceptions and rejections that nobody catches. Those of an application (a timer's callback, a promise that was
 * forgotten) are told by its host, and the server goes on; any other ends the process, as it does without this, unless
 * somebody else listens.
 */

/** Whether it is the application's; it has been told then. */
type Claim = (thrown: unknown, inPromise: boolean) => boolean

const claims = new Set<Claim>()

const onException = (thrown: unknown): void => meet(thrown, 'uncaughtException')
const onRejection = (thrown: unknown): void => meet(thrown, 'unhandledRejection')

function meet(thrown: unknown, event: 'uncaughtException' | 'unhandledRejection'): void {
  for (const claim of claims) if (claim(thrown, event === 'unhandledRejection')) return
  if (process.listenerCount(event) > 1) return
  process.off('uncaughtException', onException)
  setImmediate(() => {
    throw thrown
  })
}

/** Asks `claim` from now on. @returns what ends that. */
export function claimUncaught(claim: Claim): () => void {
  if (claims.size === 0) process.on('uncaughtException', onException).on('unhandledRejection', onRejection)
  claims.add(claim)
  return () => {
    if (!claims.delete(claim) || claims.size > 0) return
    process.off('uncaughtException', onException).off('unhandledRejection', onRejection)
  }
}
