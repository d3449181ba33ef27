/**
 * Files and folders below some roots, to be read. A symbolic link out of them leads nowhere, like one whose target is gone;
 * pipes, sockets and devices are there and cannot be opened. What a folder holds can be listed whatever that is.
 */
import fs from 'node:fs'
import { basename, dirname, join, sep } from 'node:path'

/** Negative, as WASI numbers errors. */
const DENIED = -2
const BAD_FILE = -8
const NOT_THERE = -44

/** What stands for bytes that are no UTF-8. */
const REPLACEMENT = '\ufffd'

function tell({ mode, size, mtimeMs, ino }, facts) {
  facts[0] = mode
  facts[1] = size
  facts[2] = mtimeMs
  facts[3] = ino
  return 0
}

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
    if (!this.#roots.some((root) => real === root || real.startsWith(root + sep))) return NOT_THERE
    return found.isFile() || found.isDirectory() ? real : DENIED
  }

  /** As `stat`, of what lies in a folder itself: a link is not followed, and it may be anything. */
  lstat(path, facts) {
    const name = typeof path === 'string' ? basename(path) : ''
    if (name === '' || name === '.' || name === '..') return NOT_THERE
    const folder = this.#locate(dirname(path))
    if (typeof folder === 'number') return NOT_THERE
    const found = fs.lstatSync(join(folder, name), { throwIfNoEntry: false })
    return found === undefined ? NOT_THERE : tell(found, facts)
  }

  /** Fills in mode, size, time of the last change in milliseconds, and inode. */
  stat(path, facts) {
    const real = this.#locate(path)
    if (typeof real === 'number') return real
    return tell(fs.statSync(real), facts)
  }

  /** The names, with a slash between them. One that is no UTF-8 cannot be asked for, and is left out. */
  list(path) {
    const real = this.#locate(path)
    if (typeof real === 'number') return real
    const names = fs.readdirSync(real, { encoding: 'buffer' }).map(String)
    return names.filter((name) => !name.includes(REPLACEMENT)).join('/')
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
