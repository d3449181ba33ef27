/**
 * All that the context of Pyodide is handed of this realm: functions of numbers, strings and bytes, which never throw and
 * give a number, a string or nothing (membrane.mjs).
 */
import { randomFillSync } from 'node:crypto'
import fs from 'node:fs'
import { guarded } from './membrane.mjs'

const fill = Uint8Array.prototype.set
const nobody = new Int32Array(new SharedArrayBuffer(4))

/**
 * @param folders what can be read of the machine: a ReadOnlyFolders
 * @param files the bytes of Pyodide's own: `wasm`, `stdlib`
 * @param channel the file descriptor of the frames
 * @param sentCounter that of the number of bytes that the server has sent
 * @param exit ends the process
 */
export function hostFunctions({ folders, files, channel, sentCounter, exit }) {
  const sent = new Float64Array(1)
  const now = performance.now.bind(performance)
  return {
    __proto__: null,
    receive: guarded((memory, at, length) => fs.readSync(channel, memory, at, length, null)),
    send: guarded((memory, at, length) => fs.writeSync(channel, memory, at, length, null)),
    /** How many bytes the server has sent, those on their way among them: what a running request may wait for. */
    sent: guarded(() => (fs.readSync(sentCounter, sent, 0, 8, 0) === 8 ? sent[0] : 0)),
    print: guarded((fd, memory, at, length) => print(fd === 2 ? 2 : 1, memory, at, length)),
    stat: guarded((path, facts) => folders.stat(path, facts)),
    lstat: guarded((path, facts) => folders.lstat(path, facts)),
    list: guarded((path) => folders.list(path)),
    open: guarded((path) => folders.open(path)),
    read: guarded((file, memory, at, length, position) => folders.read(file, memory, at, length, position)),
    close: guarded((file) => folders.close(file)),
    fillRandom: guarded((memory) => void randomFillSync(memory)),
    now: guarded(() => now()),
    exit: guarded((code) => exit(Number(code) & 255)),
    sizeOf: guarded((name) => (name === 'stdlib' ? files.stdlib : files.wasm).length),
    load: guarded((name, into) => void fill.call(into, name === 'stdlib' ? files.stdlib : files.wasm)),
  }
}

/** Waits where the pipe is full. */
function print(fd, memory, at, length) {
  for (;;) {
    try {
      return fs.writeSync(fd, memory, at, length, null)
    } catch (error) {
      if (error.code !== 'EAGAIN') throw error
      Atomics.wait(nobody, 0, 0, 5)
    }
  }
}
