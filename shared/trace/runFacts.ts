/** What a trace says of its run as a whole: the application's texts, its last reload, a server that died, the log. */
import type { EventOf, TraceEvent } from './events.ts'
import { type Sources, SourceTexts } from './sourceTexts.ts'

/** A value: after a change it is another object, and what has not changed in it is the same one. */
export interface RunFacts {
  /** The texts of the application's own files. */
  readonly sources: Sources
  /** How the application was loaded last, since it was started; null where it was not loaded anew. */
  readonly reloaded: EventOf<'app.reloaded'> | null
  /** How the sixty-line server died, where it has not been started again. */
  readonly dead: EventOf<'server.died'> | EventOf<'server.absent'> | null
  /** The newest lines of the log, tracebacks among them, by rising `seq`. */
  readonly logLines: readonly EventOf<'log.line'>[]
}

/** At least so many lines of the log are kept. */
const LOG_LINES = 1000

const NOTHING: RunFacts = { sources: new Map(), reloaded: null, dead: null, logLines: [] }

/** Collects the facts of a run from its events. */
export class RunFactsReader {
  readonly #sources = new SourceTexts()
  #facts = NOTHING
  /** Lines that are not in `#facts` yet: lists of them are made when somebody looks, not for each line. */
  #newLines: EventOf<'log.line'>[] = []

  get facts(): RunFacts {
    if (this.#newLines.length > 0) {
      const lines = this.#facts.logLines.concat(this.#newLines)
      this.#newLines = []
      const tooMany = Math.max(0, Math.ceil(lines.length / LOG_LINES) - 2)
      this.#set({ logLines: lines.slice(tooMany * LOG_LINES) })
    }
    return this.#facts
  }

  take(event: TraceEvent): void {
    switch (event.kind) {
      case 'app.source':
        this.#sources.add(event)
        this.#set({ sources: this.#sources.sources })
        return
      case 'app.reloaded':
        this.#set({ reloaded: event })
        return
      case 'server.died':
      case 'server.absent':
        this.#set({ dead: event })
        return
      case 'server.started':
        this.#set({ dead: null })
        return
      case 'app.raised':
        this.#addLine(tracebackLine(event))
        return
      case 'log.line':
        this.#addLine(event)
        return
      default:
    }
  }

  /** Lines that another reader of the same run had kept, beside those that are here. */
  addLines(lines: readonly EventOf<'log.line'>[]): void {
    if (lines.length === 0) return
    const all = [...lines, ...this.facts.logLines].sort((a, b) => a.seq - b.seq)
    this.#set({ logLines: all.filter((line, at) => line.seq !== all[at - 1]?.seq) })
  }

  clear(): void {
    this.#sources.clear()
    this.#facts = NOTHING
    this.#newLines = []
  }

  #addLine(line: EventOf<'log.line'>): void {
    this.#newLines.push(line)
    if (this.#newLines.length <= 2 * LOG_LINES) return
    // Older ones go with them: a log has no gaps.
    this.#newLines.splice(0, LOG_LINES)
    this.#set({ logLines: [] })
  }

  #set(changed: Partial<RunFacts>): void {
    this.#facts = { ...this.#facts, ...changed }
  }
}

/** Servers log what an application raises (PEP 3333, "Error Handling"); the trace has it, so its log has it too. */
function tracebackLine({ seq, at, conn, exchange, traceback }: EventOf<'app.raised'>): EventOf<'log.line'> {
  return { seq, at, conn, exchange, kind: 'log.line', source: 'stderr', text: traceback }
}
