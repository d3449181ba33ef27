/** A disk that is really full: whatever the server would put there is a message and a defined answer, and all is well again once there is room. */
import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
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
  return { folder, fill, makeRoom: () => rmSync(ballast, { force: true }) }
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

  test('a trace ends with a line that says why, and answers go on', async () => {
    const disk = smallDisk()
    const app = newApp()
    const server = await startServer(`${app}:app`, '--no-reload', '--trace', join(disk.folder, 'trace.ndjson'))
    expect(await get(server.port, '/')).toMatch(/^HTTP\/1\.1 200 /)
    disk.fill()
    for (let n = 0; n < 20; n++) expect(await get(server.port, '/')).toMatch(/^HTTP\/1\.1 200 /)
    expect(await get(server.port, '/large')).toMatch(/^HTTP\/1\.1 200 /)
    expect(server.lines.filter((line) => /trace\.ndjson cannot be written: ENOSPC/.test(line))).toHaveLength(1)
  })

  test('a trace that cannot even begin is a line at the start, and requests are answered', async () => {
    const disk = smallDisk()
    disk.fill()
    const app = newApp()
    const server = await startServer(`${app}:app`, '--no-reload', '--trace', join(disk.folder, 'trace.ndjson'))
    expect(server.lines.filter((line) => /trace\.ndjson cannot be written: ENOSPC/.test(line))).toHaveLength(1)
    expect(await get(server.port, '/')).toMatch(/^HTTP\/1\.1 200 /)
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
