/**
 * Takes away from this process what an embedded application has no use for, should a way into Node's own world be found:
 * sockets above all, which Node 20 to 24 cannot deny by a permission flag.
 */
import { createRequire, syncBuiltinESMExports } from 'node:module'

const MODULES = [
  ...['net', 'dgram', 'dns', 'dns/promises', 'tls', 'http', 'https', 'http2'],
  ...['child_process', 'cluster', 'worker_threads', 'inspector', 'module', 'repl', 'vm', 'v8', 'wasi'],
]
const METHODS = ['connect', 'listen', 'bind', 'open', 'send', 'request', 'createConnection']
const OF_PROCESS = [
  ...['binding', '_linkedBinding', 'dlopen', 'getBuiltinModule', 'kill', '_kill', '_debugProcess', 'chdir', 'setuid'],
  ...['setgid', 'openStdin', 'report', 'mainModule', 'env', 'argv', 'execArgv', 'send'],
]

function denied() {
  throw new Error('not in an embedded application')
}

/** @param language the names of the globals that belong to the language and stay. */
export function denyNode(language) {
  const require = createRequire(import.meta.url)
  for (const module of MODULES.map((name) => require(`node:${name}`))) {
    for (const [key, property] of Object.entries(Object.getOwnPropertyDescriptors(module))) {
      if (typeof property.value === 'function') denyMethods(property.value.prototype)
      if (typeof property.value === 'function' && property.writable) module[key] = denied
    }
  }
  syncBuiltinESMExports()
  for (const name of OF_PROCESS) {
    const property = Object.getOwnPropertyDescriptor(process, name)
    if (property?.configurable) delete process[name]
    else if (property?.writable) process[name] = denied
  }
  const kept = new Set(language)
  for (const name of Object.getOwnPropertyNames(globalThis)) {
    if (!kept.has(name)) delete globalThis[name]
  }
}

function denyMethods(prototype) {
  for (const name of METHODS) {
    if (typeof prototype === 'object' && prototype !== null && Object.hasOwn(prototype, name)) prototype[name] = denied
  }
}
