/** A server that is away is named once in a while, not for each connection. */
const REPEAT_MS = 1000

/** Passes a line on, unless it was passed on a moment ago. */
export function nowAndThen(onLog: (text: string) => void): (text: string) => void {
  const quiet = new Set<string>()
  return (text) => {
    if (quiet.has(text)) return
    quiet.add(text)
    setTimeout(() => quiet.delete(text), REPEAT_MS).unref()
    onLog(text)
  }
}
