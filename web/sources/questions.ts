/** Questions that are asked once, whoever waits for the answer, by a number that the answer comes with. */
export class Questions<T> {
  readonly #asked = new Map<number, { promise: Promise<T>; resolve: (answer: T) => void }>()

  /** `ask` says whether it could be asked; where not, the answer is `otherwise`. */
  ask(number: number, otherwise: T, ask: () => boolean): Promise<T> {
    const asked = this.#asked.get(number)
    if (asked !== undefined) return asked.promise
    if (!ask()) return Promise.resolve(otherwise)
    let resolve: (answer: T) => void = () => undefined
    const promise = new Promise<T>((done) => {
      resolve = done
    })
    this.#asked.set(number, { promise, resolve })
    return promise
  }

  answer(number: number, answer: T): void {
    this.#asked.get(number)?.resolve(answer)
    this.#asked.delete(number)
  }

  answerAll(answer: T): void {
    for (const { resolve } of this.#asked.values()) resolve(answer)
    this.#asked.clear()
  }
}
