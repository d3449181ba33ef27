import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process'

/**
 * As spawn(), which tells why there is no process only later, with an `error` event: for a program that cannot be run the
 * child has pipes all the same, where no file descriptors are left it has none.
 * @throws Error where there are no pipes.
 */
export function spawnPiped(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
  const child = spawn(command, args, options)
  const pipes: unknown = child.stdio
  if (Array.isArray(pipes)) return child
  // It says the same once more.
  child.once('error', () => undefined)
  throw new Error(`no process could be made for ${command}: no file descriptors are left (EMFILE)`)
}
