/**
 * What a command has printed and the terminal does not show yet: the answer comes after the question. Where the client
 * first heard from the server there is a gate, and all behind it waits until the picture has sent that answer. A gate that
 * was passed is gone, so what comes later of the same answer is shown at once, also to who steps back. Nothing is lost, and
 * nothing overtakes: what is behind a gate stays behind it, the end of the command included.
 */
import type { ClientStream } from '../sources/source.ts'

export type Piece =
  | { readonly kind: 'text'; readonly stream: ClientStream; readonly bytes: Uint8Array }
  /** What follows came on the connection from this port of the client. */
  | { readonly kind: 'gate'; readonly port: number }
  | { readonly kind: 'done' }

export type Shown = Exclude<Piece, { kind: 'gate' }>

/**
 * Where the picture is with the exchange of a connection. `before`: it will get to its answer; `after`: it has, or nobody
 * is looking at that exchange; `unknown`: the trace has told of none yet.
 */
export type AnswerInPicture = 'before' | 'after' | 'unknown'

export class HeldOutput {
  #pieces: Piece[] = []
  /** Whether nothing is held any more. */
  #free = false

  get isEmpty(): boolean {
    return this.#pieces.length === 0
  }

  /** Whether all of the command is in here or has been shown. */
  get isDone(): boolean {
    return this.#pieces.at(-1)?.kind === 'done'
  }

  add(piece: Piece): void {
    this.#pieces.push(piece)
  }

  /** What may be shown now, in order. `told`: of what the trace has not told by now, it never will. */
  pass(answer: (port: number) => AnswerInPicture, told: boolean): Shown[] {
    if (this.#free) return this.passAll()
    const until = this.#pieces.findIndex((piece) => {
      if (piece.kind !== 'gate') return false
      const at = answer(piece.port)
      return at === 'before' || (at === 'unknown' && !(told || this.isDone))
    })
    return this.#take(until === -1 ? this.#pieces.length : until)
  }

  /** All of it, whatever the picture shows, and from now on all that comes. */
  passAll(): Shown[] {
    this.#free = true
    return this.#take(this.#pieces.length)
  }

  #take(count: number): Shown[] {
    return this.#pieces.splice(0, count).filter((piece) => piece.kind !== 'gate')
  }
}
