/** A disk that is really full: whatever the server would put there is a message and a defined answer, and all is well again once there is room. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { readTrace } from '../../shared/trace/file.ts'
import { openClient, startServer, until } from '../testing/harness.ts'

const MIB = 1024 * 1024
/** Of the disk; embedded Python's own temporary files fit into it. */
const SIZE = 2 * MIB

const APP = `def app(environ, start_response):
    start_response('200 OK', [])
    if environ['PATH_INFO'] == '/large':
        return (b'x' * 65536 for _ in range(512))
    return [b'first ' + str(len(environ['wsgi.input'].read())).encode()]
`

function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'full-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

/** Null where a disk was mounted and let go of again; else why that cannot be done here. */
function whyNoDisk(): string | null {
  if (process.platform !== 'linux') return 'tmpfs is of Linux'
  const folder = mkdtempSync(join(tmpdir(), 'full-'))
  const mounted = mount(folder)
  if (mounted.status === 0) spawnSync('umount', [folder])
  rmSync(folder, { recursive: true, force: true })
  return mounted.status === 0 ? null : `${mounted.error?.message ?? mounted.stderr}`.trim()
}

const mount = (folder: string) =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${SIZE},mode=700`, 'tmpfs', folder], { encoding: 'utf8' })

/** A disk of its own until the test is over, and how to fill it and make room again. */
function smallDisk() {
  const folder = newFolder()
  const mounted = mount(folder)
  if (mounted.status !== 0) throw new Error(mounted.stderr)
  onTestFinished(() => void spawnSync('umount', ['-l', folder]))
  const ballast = join(folder, 'ballast')
  const fill = () => {
    const block = Buffer.alloc(4096)
    for (;;) {
      try {
        writeFileSync(ballast, block, { flag: 'a' })
      } catch {
        break
      }
    }
    expect(statfsSync(folder).bavail).toBe(0)
  }
  /** In bytes. */
  const room = () => {
    const { bavail, bsize } = statfsSync(folder)
    return bavail * bsize
  }
  return { folder, fill, room, makeRoom: () => rmSync(ballast, { force: true }) }
}

function temporaryFiles(folder: string): void {
  vi.stubEnv('TMPDIR', folder)
  onTestFinished(() => void vi.unstubAllEnvs())
}

function newApp(): string {
  const path = join(newFolder(), 'app.py')
  writeFileSync(path, APP)
  return path
}

async function get(port: number, path: string): Promise<string> {
  const client = await openClient(port)
  client.send(`GET ${path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`)
  await client.ended
  return client.received
}

async function post(port: number, size: number): Promise<string> {
  const client = await openClient(port)
  client.send(`POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: ${size}\r\n\r\n`)
  client.send(Buffer.alloc(size, 'x'))
  await client.ended
  return client.received
}

const why = whyNoDisk()
if (why !== null) console.warn(`a full disk is not tried: none can be mounted here (${why})`)

describe.skipIf(why !== null)('on a full disk', () => {
  test.each(['python3', 'embedded'])(
    'a request body that goes there is a 500 that says what to do, others are served (%s); with room it is taken',
    async (python) => {
      const app = newApp()
      const disk = smallDisk()
      temporaryFiles(disk.folder)
      const server = await startServer(`${app}:app`, '--no-ui', '--no-reload', '--python', python)
      disk.fill()
      const told = () => server.lines.filter((line) => /could not be kept on disk: .*ENOSPC/.test(line)).length
      for (const times of [1, 2]) {
        expect(await post(server.port, 1.5 * MIB)).toMatch(/^HTTP\/1\.1 500 /)
        expect(told()).toBe(times)
      }
      expect(await post(server.port, 100)).toMatch(/^HTTP\/1\.1 200 .*first 100/s)
      disk.makeRoom()
      expect(await post(server.port, 1.5 * MIB)).toMatch(new RegExp(`^HTTP/1\\.1 200 .*first ${1.5 * MIB}`, 's'))
      // Too large for what is left: a part of it had been written, and that room is free again.
      expect(await post(server.port, 3 * MIB)).toMatch(/^HTTP\/1\.1 500 /)
      await until(() => disk.room() > 1.5 * MIB)
      expect(await post(server.port, 1.5 * MIB)).toMatch(/^HTTP\/1\.1 200 /)
    },
  )

  test('an answer that a slow reader leaves there waits in memory instead, which is said once, and all of it arrives', async () => {
    const app = newApp()
    const disk = smallDisk()
    temporaryFiles(disk.folder)
    const server = await startServer(`${app}:app`, '--no-ui', '--no-reload')
    const told = () => server.lines.filter((line) => /answers of slow clients cannot be kept on disk/.test(line))
    for (const room of [false, true]) {
      if (!room) disk.fill()
      const client = await openClient(server.port)
      client.socket.pause()
      client.send('GET /large HTTP/1.0\r\n\r\n')
      await until(() => told().length === (room ? 2 : 1))
      expect(told().at(-1)).toMatch(/applications wait for them instead: .*ENOSPC/)
      client.socket.resume()
      await client.ended
      const body = client.received.slice(client.received.indexOf('\r\n\r\n') + 4)
      expect(body === 'x'.repeat(32 * MIB)).toBe(true)
      // With room for a part of it, that part is written first: the disk has worked, and that it fails is told anew.
      if (!room) disk.makeRoom()
      await until(() => readdirSync(disk.folder).every((name) => !spooled(join(disk.folder, name))))
    }
    expect(await get(server.port, '/')).toMatch(/^HTTP\/1\.1 200 .*first 0/s)
  })

  test.each(['python3', 'embedded'])(
    'a reload that needs it keeps the previous version until there is room (%s)',
    async (python) => {
      const app = newApp()
      const disk = smallDisk()
      temporaryFiles(disk.folder)
      const server = await startServer(`${app}:app`, '--no-ui', '--python', python)
      disk.fill()
      writeFileSync(app, APP.replace('first', 'second'))
      await until(() =>
        server.lines.some((line) => /^reloaded: app\.py changed|the previous version keeps answering/.test(line)),
      )
      expect(await get(server.port, '/')).toMatch(/^HTTP\/1\.1 200 .*(first|second) 0/s)
      disk.makeRoom()
      await until(async () => /second 0/.test(await get(server.port, '/')))
    },
  )

  test('a trace leaves out what has no room, says how much, goes on with room, and is whole', async () => {
    const disk = smallDisk()
    const app = newApp()
    const trace = join(disk.folder, 'trace.ndjson')
    const server = await startServer(`${app}:app`, '--no-reload', '--trace', trace)
    expect(await get(server.port, '/')).toMatch(/^HTTP\/1\.1 200 /)
    disk.fill()
    for (let n = 0; n < 20; n++) expect(await get(server.port, '/')).toMatch(/^HTTP\/1\.1 200 /)
    expect(await get(server.port, '/large')).toMatch(/^HTTP\/1\.1 200 /)
    const told = () => server.lines.filter((line) => line.includes('trace'))
    expect(told()).toEqual([
      expect.stringMatching(
        /^\/.*trace\.ndjson has no room \(ENOSPC.*\): the trace leaves out what happens meanwhile$/,
      ),
    ])
    readTrace(readFileSync(trace, 'utf8'))
    disk.makeRoom()
    await until(async () => {
      await get(server.port, '/')
      return told().length === 2
    })
    await get(server.port, '/again')
    await server.close()
    expect(told()[1]).toMatch(/^the trace lacks \d+ events before this line: \/.*trace\.ndjson had no room$/)
    const { events, cutOff } = readTrace(readFileSync(trace, 'utf8'))
    expect(cutOff).toBe(false)
    expect(events.some((event) => event.kind === 'log.line' && event.text === told()[1])).toBe(true)
    expect(events.some((event) => event.kind === 'request.line' && event.target === '/again')).toBe(true)
  })

  test('a trace that has no room to begin is begun later; its end, where there is none until then, is a line', async () => {
    for (const room of [true, false]) {
      const disk = smallDisk()
      disk.fill()
      const app = newApp()
      const trace = join(disk.folder, 'trace.ndjson')
      const server = await startServer(`${app}:app`, '--no-reload', '--trace', trace)
      expect(await get(server.port, '/')).toMatch(/^HTTP\/1\.1 200 /)
      expect(server.lines).toContainEqual(expect.stringMatching(/trace\.ndjson has no room/))
      if (room) disk.makeRoom()
      await server.close()
      if (room) expect(readTrace(readFileSync(trace, 'utf8')).cutOff).toBe(false)
      else expect(server.lines.at(-1)).toMatch(/^the trace lacks its last \d+ bytes: .* has no room/)
    }
  })
})

/** Whether it is a folder that has files. */
function spooled(path: string): boolean {
  try {
    return readdirSync(path).length > 0
  } catch {
    return false
  }
}
