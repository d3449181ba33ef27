/** A reporter for Vitest that says how many of the test files have ended. */
import { duration } from './steps.mjs'

const EVERY = 10

export default class UnitProgress {
  #files = 0
  #ended = 0
  #failed = 0
  #start = performance.now()

  onTestRunStart(specifications) {
    this.#files = specifications.length
  }

  onTestModuleEnd(module) {
    this.#ended++
    if (!module.ok()) this.#failed++
    if (this.#ended % EVERY !== 0) return
    const failed = this.#failed > 0 ? `, ${this.#failed} of them failed` : ''
    console.log(
      `── ${this.#ended} of ${this.#files} files${failed} (${duration(performance.now() - this.#start)} so far)`,
    )
  }
}
