/** Files and folders below some roots, to be read. A symbolic link out of them leads nowhere. */
import fs from 'node:fs'
import { sep } from 'node:path'

/** Negative, as WASI numbers errors. */
const DENIED = -2
const BAD_FILE = -8
const NOT_THERE = -44

export class ReadOnlyFolders {
  #roots
  #files = new Set()

  constructor(roots) {
    this.#roots = roots.map((root) => fs.realpathSync.native(root))
  }

  /** @returns the real path; a number where there is none or it may not be read. */
  #locate(path) {
    if (typeof path !== 'string' || path.includes('\0')) return NOT_THERE
    const found = fs.statSync(path, { throwIfNoEntry: false })
    if (found === undefined) return NOT_THERE
    const real = fs.realpathSync.native(path)
    const inside = this.#roots.some((root) => real === root || real.startsWith(root + sep))
    return inside && (found.isFile() || found.isDirectory()) ? real : DENIED
  }

  /** Fills in mode, size, time of the last change in milliseconds, and inode. */
  stat(path, facts) {
    const real = this.#locate(path)
    if (typeof real === 'number') return real
    const { mode, size, mtimeMs, ino } = fs.statSync(real)
    facts[0] = mode
    facts[1] = size
    facts[2] = mtimeMs
    facts[3] = ino
    return 0
  }

  /** The names, with a slash between them. */
  list(path) {
    const real = this.#locate(path)
    return typeof real === 'number' ? real : fs.readdirSync(real).join('/')
  }

  open(path) {
    const real = this.#locate(path)
    if (typeof real === 'number') return real
    const file = fs.openSync(real, fs.constants.O_RDONLY | fs.constants.O_NOFOLLOW)
    this.#files.add(file)
    return file
  }

  read(file, memory, at, length, position) {
    return this.#files.has(file) ? fs.readSync(file, memory, at, length, position) : BAD_FILE
  }

  close(file) {
    if (!this.#files.delete(file)) return BAD_FILE
    fs.closeSync(file)
    return 0
  }
}
