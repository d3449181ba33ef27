/** Steps of a check: each says which of how many it is, what it does, and how much time has gone by. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from './setup.mjs'

/** A command of the development dependencies. */
export const bin = (name) => join(root, 'node_modules', '.bin', name)

/** `4 s`, `2 min 05 s`. */
export function duration(ms) {
  const seconds = Math.round(ms / 1000)
  if (seconds < 60) return `${seconds} s`
  return `${Math.floor(seconds / 60)} min ${String(seconds % 60).padStart(2, '0')} s`
}

/**
 * Runs the steps of one check. A step is `{ title, command, args, env }`; it fails where its command does not exit with 0.
 * `count` is how many there will be.
 */
export class Steps {
  /** The titles of those that failed. */
  failed = []
  #count
  #begun = 0
  #start = performance.now()

  constructor(count) {
    this.#count = count
  }

  get elapsed() {
    return duration(performance.now() - this.#start)
  }

  /** One step, whose output is shown as it comes. */
  async run(step) {
    console.log(`\n── ${++this.#begun} of ${this.#count}: ${step.title} (${this.elapsed} so far)`)
    return this.#end(step, await execute(step, 'inherit'))
  }

  /** One without which all may still be well. */
  async tryTo(step) {
    const done = await this.run(step)
    if (!done) this.failed.pop()
    return done
  }

  /** A step that is not run. */
  skip(title, why) {
    console.log(`\n── ${++this.#begun} of ${this.#count}: ${title}: skipped, ${why}`)
  }

  /** Several at the same time. The output of each is shown when it ends, so that they do not mix. */
  async runTogether(steps) {
    console.log(`\n── at the same time: ${steps.map(({ title }) => title).join(', ')}`)
    const all = steps.map(async (step) => {
      const started = performance.now()
      const ended = await execute(step, 'pipe')
      const took = duration(performance.now() - started)
      console.log(`\n── ${++this.#begun} of ${this.#count}: ${step.title}, ${took} (${this.elapsed} so far)`)
      process.stdout.write(ended.output)
      return this.#end(step, ended)
    })
    return (await Promise.all(all)).every(Boolean)
  }

  #end({ title }, { status, output }) {
    if (status === 0) return true
    if (output === '') console.log(`${title}: exit code ${status}`)
    this.failed.push(title)
    return false
  }
}

/** Its exit code, and what it has said where that is piped: `status` is null where it could not be started or was killed. */
function execute({ command, args, env = {} }, stdio) {
  return new Promise((resolve) => {
    const child = spawn(command, args, {
      cwd: root,
      stdio: ['inherit', stdio, stdio],
      env: { ...process.env, ...env },
      shell: process.platform === 'win32',
    })
    const parts = []
    for (const stream of [child.stdout, child.stderr]) stream?.on('data', (part) => parts.push(part))
    const output = () => Buffer.concat(parts).toString()
    child.on('error', (error) => resolve({ status: null, output: `${output()}${error.message}\n` }))
    child.on('close', (status) => resolve({ status, output: output() }))
  })
}
