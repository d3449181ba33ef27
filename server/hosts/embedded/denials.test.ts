/** What is left of Node in the process of an embedded application, should it find a way there. */
import { execFileSync } from 'node:child_process'
import { expect, test } from 'vitest'

const ATTEMPTS = {
  'net.connect': 'net.connect(1)',
  'a socket that was there before': 'socket.connect(1)',
  'a server that was there before': 'server.listen(0)',
  'http.get': "http.get('http://127.0.0.1:1')",
  'dgram.createSocket': "dgram.createSocket('udp4').send('x', 1)",
  'dns.lookup': "dns.lookup('localhost', () => {})",
  'child_process.spawn': "child.spawn('id')",
  'a worker thread': "new threads.Worker('', { eval: true })",
  fetch: "fetch('http://127.0.0.1:1')",
  WebSocket: "new WebSocket('ws://127.0.0.1:1')",
  'process.binding': "kept.binding('tcp_wrap')",
  'process.kill': 'kept.kill(1)',
  'process.dlopen': "kept.dlopen({ exports: {} }, 'x.node')",
  process: 'process.pid',
  require: "require('net')",
}

test('nothing that opens a socket or starts a process works any more', () => {
  const script = `
    import child from 'node:child_process'
    import dgram from 'node:dgram'
    import dns from 'node:dns'
    import { writeSync } from 'node:fs'
    import http from 'node:http'
    import net from 'node:net'
    import vm from 'node:vm'
    import threads from 'node:worker_threads'
    import { denyNode } from ${JSON.stringify(new URL('./denials.mjs', import.meta.url).href)}
    const socket = new net.Socket()
    const server = net.createServer()
    const kept = process
    const exit = process.reallyExit.bind(process)
    denyNode(vm.runInNewContext('Object.getOwnPropertyNames(globalThis)'))
    const attempts = [${Object.values(ATTEMPTS).map((code) => `() => ${code}`)}]
    const worked = attempts.map((attempt) => {
      try {
        attempt()
        return true
      } catch {
        return false
      }
    })
    writeSync(1, JSON.stringify(worked))
    exit(0)
  `
  const told = execFileSync(process.execPath, ['--no-warnings', '--input-type=module', '--eval', script], {
    encoding: 'utf8',
  })
  const worked = Object.keys(ATTEMPTS).filter((_, index) => JSON.parse(told)[index] !== false)
  expect(worked).toEqual([])
})
