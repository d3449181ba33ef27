/**
 * What runs in the context of Pyodide: loads it, gives Python its folders and its channel, and hardens the context before
 * an application comes. `functions` are the only things here that are not of this context; they stay in this closure.
 *
 * Pyodide takes the place it finds itself in for a bare JavaScript shell (d8): no Node, no browser, no network.
 * Longer than 250 lines, since it is compiled as one script: there is nothing in the context that could import another.
 */
;(functions, said) => {
  /**
   * Where the stack has no room left for a call of one of them, that is an exception of its realm: it may not come here.
   */
  const host = { __proto__: null }
  for (const name of Object.keys(functions)) {
    const act = functions[name]
    host[name] = (a, b, c, d, e) => {
      try {
        return act(a, b, c, d, e)
      } catch {
        return -1
      }
    }
  }
  const settings = JSON.parse(said)
  const language = Object.getOwnPropertyNames(globalThis).filter((name) => name !== 'globalThis')
  /** What Emscripten looks for at any time. */
  const KEPT = new Set(['console', 'os', 'performance', 'setTimeout', 'clearTimeout'])
  const ERRNO = { EACCES: 2, EIO: 29, ENOENT: 44, ENOSPC: 51, ESPIPE: 70 }
  /** stat.h: the kind of a file in its mode. */
  const S_IFMT = 0o170000
  const S_IFLNK = 0o120000
  const S_IFCHR = 0o020000
  /** What a function of the host gives where it failed in a way of its own. */
  const FAILED = -1
  /** Files that Python writes live in memory, outside of WebAssembly's. */
  const MOST_WRITTEN = (settings.memoryMiB * 1024 * 1024) / 8

  const load = (name) => {
    const bytes = new Uint8Array(host.sizeOf(name))
    host.load(name, bytes)
    return bytes.buffer
  }

  /** What a shell and a browser have of what Pyodide needs. */
  function furnish() {
    const refuse = (path) => {
      throw new Error(`${path} is not to be had here`)
    }
    const print = (fd) => (text) => printTo(fd, text)
    Object.assign(globalThis, {
      read: refuse,
      load: refuse,
      readbuffer: (path) => load(path.endsWith('.zip') ? 'stdlib' : 'wasm'),
      print: print(1),
      printErr: print(2),
      // In the place of V8's own, which tells whoever inspects the process, and can start its profiler.
      console: { log: print(1), warn: print(2), error: print(2) },
      performance: { now: () => host.now() },
      // How Emscripten asks a shell for random bytes: `head -c<count> /dev/urandom | base64`.
      os: { system: (_shell, [, command]) => base64(random(Number(/\d+/.exec(command)[0]))) },
    })
  }

  function random(count) {
    const bytes = new Uint8Array(count)
    host.fillRandom(bytes)
    return bytes
  }

  function base64(bytes) {
    const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'
    let text = ''
    for (let at = 0; at < bytes.length; at += 3) {
      const [a, b = 0, c = 0] = bytes.subarray(at, at + 3)
      const four = [a >> 2, ((a & 3) << 4) | (b >> 4), ((b & 15) << 2) | (c >> 6), c & 63]
      for (const six of four) text += LETTERS[six]
    }
    const missing = (3 - (bytes.length % 3)) % 3
    return text.slice(0, text.length - missing) + '='.repeat(missing)
  }

  function printTo(fd, text) {
    const bytes = utf8(`${text}\n`)
    host.print(fd, bytes, 0, bytes.length)
  }

  const utf8 = (text) =>
    Uint8Array.from(unescape(encodeURIComponent(text.toWellFormed())), (letter) => letter.charCodeAt(0))

  /** WebAssembly memory that ends where it is told to: malloc fails there, and Python raises MemoryError. */
  function limitMemory() {
    const { Memory } = WebAssembly
    /** A page is 64 KiB (WebAssembly Core Specification, "Memory Instances"). */
    const PAGES_A_MIB = 16
    const most = settings.memoryMiB * PAGES_A_MIB
    WebAssembly.Memory = class extends Memory {
      constructor(descriptor) {
        super({ ...descriptor, maximum: Math.min(descriptor.maximum ?? most, most) })
      }
    }
  }

  async function start() {
    const pyodide = await loadPyodide({
      indexURL: '/',
      packageBaseUrl: '/',
      lockFileContents: { info: settings.lockInfo, packages: {} },
      jsglobals: Object.freeze(Object.create(null)),
      env: { HOME: '/home' },
      _sysExecutable: 'embedded',
      enableRunUntilComplete: false,
      stdin: () => null,
      stdout: print,
      stderr: printErr,
    })
    const { FS } = pyodide
    const standard = (fd) => ({
      write(bytes) {
        const written = host.print(fd, bytes, 0, bytes.length)
        if (written < 0) throw new FS.ErrnoError(ERRNO.EIO)
        return written
      },
    })
    pyodide.setStdout(standard(1))
    pyodide.setStderr(standard(2))
    limitWrittenFiles(FS)
    addChannel(FS)
    for (const root of settings.roots) mountReadOnly(FS, root)
    for (const [name, text] of settings.modules) {
      const path = `/wsgiscope/${name}`
      FS.mkdirTree(path.slice(0, path.lastIndexOf('/')))
      FS.writeFile(path, text)
    }
    FS.writeFile('/wsgiscope/settings.json', said)
    // Node compiles what a stream brings, and looks at what it is given as the stream.
    for (const name of ['compileStreaming', 'instantiateStreaming']) Reflect.deleteProperty(WebAssembly, name)
    freezeLanguage()
    for (const name of Object.keys(globalThis)) if (!KEPT.has(name)) Reflect.deleteProperty(globalThis, name)
    // The globals of the language are what it says they are: Node looks at this one's Error.
    for (const name of language) {
      const found = Object.getOwnPropertyDescriptor(globalThis, name)
      if (found?.configurable)
        Object.defineProperty(globalThis, name, { ...found, writable: false, configurable: false })
    }
    Object.freeze(globalThis)
    try {
      pyodide.runPython("import sys; sys.path.insert(1, '/wsgiscope'); import wsgiscope_embedded")
    } catch (error) {
      if (typeof error.status === 'number') host.exit(error.status)
      printTo(2, error.message)
    }
    // However it ended: no event loop turns in here.
    host.exit(1)
  }

  /**
   * Node describes each error whose stack is looked at, in its own realm, where what the error says of itself can make that
   * throw: a Symbol as its message is enough, or no room on the stack. Where the limit is no number, V8 keeps no stack and
   * asks nobody ("Stack trace API"); should Node be asked all the same, it asks this context first.
   */
  function takeStacksAway() {
    for (const [name, value] of Object.entries({ stackTraceLimit: undefined, prepareStackTrace: () => '' })) {
      Object.defineProperty(Error, name, { value, writable: false, configurable: false })
    }
  }

  /** Whoever holds one object of this context then holds no more than that. */
  function freezeLanguage() {
    const seen = new Set()
    const freeze = (thing) => {
      if (Object(thing) !== thing || seen.has(thing)) return
      seen.add(thing)
      for (const { value, get, set } of Object.values(Object.getOwnPropertyDescriptors(thing))) {
        for (const part of [value, get, set]) freeze(part)
      }
      freeze(Object.getPrototypeOf(thing))
      Object.freeze(thing)
    }
    for (const name of language) freeze(globalThis[name])
    for (const special of [async () => {}, function* () {}, async function* () {}]) freeze(special)
  }

  /** Devices: the frames; how many bytes of them the server has sent, and seconds to sleep, both in eight bytes. */
  function addChannel(FS) {
    const device = (name, operations) => {
      const id = FS.makedev(FS.createDevice.major++, 0)
      FS.registerDevice(id, {
        open(stream) {
          stream.seekable = false
        },
        llseek() {
          throw new FS.ErrnoError(ERRNO.ESPIPE)
        },
        ...operations,
      })
      FS.mkdev(`/dev/${name}`, 0o600, id)
    }
    const count = (moved) => {
      if (moved < 0) throw new FS.ErrnoError(ERRNO.EIO)
      return moved
    }
    device('channel', {
      read: (_stream, memory, at, length) => count(host.receive(memory, at, length)),
      write: (_stream, memory, at, length) => count(host.send(memory, at, length)),
    })
    device('sent', {
      read(_stream, memory, at) {
        new DataView(memory.buffer, memory.byteOffset).setFloat64(at, count(host.sent()), true)
        return 8
      },
    })
    const nobody = new Int32Array(new SharedArrayBuffer(4))
    device('sleep', {
      write(_stream, memory, at, length) {
        const seconds = new DataView(memory.buffer, memory.byteOffset).getFloat64(at, true)
        Atomics.wait(nobody, 0, 0, seconds * 1000)
        return length
      },
    })
  }

  /** What is in memory files is counted as it grows, and again where that seems too much: some may have been removed. */
  function limitWrittenFiles(FS) {
    const { MEMFS } = FS.filesystems
    const sizeOf = ({ contents }) => contents?.length ?? 0
    const sum = (folder) =>
      Object.values(folder.contents).reduce(
        (total, node) => total + (FS.isDir(node.mode) ? sum(node) : sizeOf(node)),
        0,
      )
    const atFirst = sum(FS.root)
    let written = 0
    for (const name of ['expandFileStorage', 'resizeFileStorage']) {
      const change = MEMFS[name]
      MEMFS[name] = (node, size) => {
        const before = sizeOf(node)
        const most = MOST_WRITTEN + before - size
        if (size > before && written > most) written = sum(FS.root) - atFirst
        if (size > before && written > most) throw new FS.ErrnoError(ERRNO.ENOSPC)
        change.call(MEMFS, node, size)
        written += Math.max(0, sizeOf(node) - before)
      }
    }
  }

  /** Shows a folder of the machine at its own place. */
  function mountReadOnly(FS, root) {
    const facts = new Float64Array(4)
    const check = (result) => {
      if (typeof result === 'number' && result < 0) throw new FS.ErrnoError(result === FAILED ? ERRNO.EACCES : -result)
      return result
    }
    const pathOf = (node) => {
      const names = []
      for (; node.parent !== node; node = node.parent) names.unshift(node.name)
      return [root, ...names].join('/')
    }
    const newNode = (parent, name, path) => {
      if (host.stat(path, facts) < 0) return unreadable(parent, name, path)
      const node = FS.createNode(parent, name, withoutWrite(facts[0]), 0)
      node.node_ops = nodeOperations
      node.stream_ops = streamOperations
      return node
    }
    /**
     * It is in its folder and that is all: a link that leads nowhere, a pipe, or what the system keeps to itself. It can be
     * listed, for which Emscripten wants a node, and is looked for again each time, since that may change.
     */
    const unreadable = (parent, name, path) => {
      const found = name.includes('/') || name === '..' || parent === null ? -ERRNO.ENOENT : host.lstat(path, facts)
      if (found === -ERRNO.ENOENT) check(found)
      const isLink = found === 0 && (facts[0] & S_IFMT) === S_IFLNK
      // Whoever lists a folder is told the kinds of its entries: those for which "a file" would be wrong are devices there.
      const node = FS.createNode(parent, name, isLink ? S_IFLNK | 0o777 : S_IFCHR, 0)
      node.node_ops = isLink ? linkOperations : otherOperations
      node.stream_ops = { open: fail(FS, ERRNO.EACCES) }
      FS.hashRemoveNode(node)
      return node
    }
    const attributesBy = (look) => (node) => {
      check(look(pathOf(node), facts))
      return attributes(facts)
    }
    const otherOperations = { getattr: attributesBy(host.lstat) }
    const linkOperations = { ...otherOperations, readlink: fail(FS, ERRNO.ENOENT) }
    const nodeOperations = {
      getattr: attributesBy(host.stat),
      lookup: (parent, name) => newNode(parent, name, `${pathOf(parent)}/${name}`),
      readdir: (node) => [
        '.',
        '..',
        ...check(host.list(pathOf(node)))
          .split('/')
          .filter(Boolean),
      ],
    }
    const streamOperations = readingOnly(check, pathOf, (node) => nodeOperations.getattr(node).size)
    FS.mkdirTree(root)
    FS.mount({ mount: () => newNode(null, '/', root) }, {}, root)
  }

  const fail = (FS, errno) => () => {
    throw new FS.ErrnoError(errno)
  }

  const withoutWrite = (mode) => mode & ~0o222

  /** What stat() gives, as Emscripten has it, of the facts that the host has filled in. */
  function attributes([mode, size, mtime, ino]) {
    const time = new Date(mtime)
    const times = { atime: time, mtime: time, ctime: time }
    const sizes = { size, blksize: 4096, blocks: Math.ceil(size / 512) }
    return { dev: 1, ino, mode: withoutWrite(mode), nlink: 1, uid: 0, gid: 0, rdev: 0, ...times, ...sizes }
  }

  /** Emscripten's operations on an open file. */
  function readingOnly(check, pathOf, sizeOf) {
    return {
      open(stream) {
        stream.file = check(host.open(pathOf(stream.node)))
        stream.shared.refcount = 1
      },
      dup(stream) {
        stream.shared.refcount++
      },
      close(stream) {
        if (--stream.shared.refcount === 0) host.close(stream.file)
      },
      read: (stream, memory, at, length, position) => check(host.read(stream.file, memory, at, length, position)),
      llseek(stream, offset, whence) {
        if (whence === 1) return stream.position + offset
        return whence === 2 ? sizeOf(stream.node) + offset : offset
      },
    }
  }

  takeStacksAway()
  furnish()
  limitMemory()
  return () => {
    start().catch((error) => {
      printTo(2, String(error))
      host.exit(1)
    })
  }
}
