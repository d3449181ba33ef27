import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { makeTempFolder, sweepTempFolders } from './tempFolder.ts'
import { startServer, until } from './testing/harness.ts'

/** Where temporary files are, for this test alone. */
function ownTmpdir(): string {
  const folder = mkdtempSync(join(tmpdir(), 'edges-'))
  vi.stubEnv('TMPDIR', folder)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true, force: true })
  })
  return folder
}

/** Of a process that has ended. */
const deadPid = (): number => spawnSync(process.execPath, ['-e', '']).pid

/** What a process of that number would have left. */
function leftBy(pid: number): string {
  const own = makeTempFolder()
  const left = own.replace(`-${process.pid}-`, `-${pid}-`)
  rmSync(own, { recursive: true })
  mkdirSync(left)
  writeFileSync(join(left, 'body-0'), 'secret')
  return left
}

test('the folder of a process that is gone is swept, with all that is in it', async () => {
  ownTmpdir()
  const left = leftBy(deadPid())
  expect(await sweepTempFolders()).toEqual([left])
  expect(existsSync(left)).toBe(false)
})

test('the folder of a process that lives is not', async () => {
  ownTmpdir()
  const folders = [makeTempFolder(), leftBy(process.ppid), leftBy(1)]
  expect(await sweepTempFolders()).toEqual([])
  expect(folders.filter(existsSync)).toEqual(folders)
})

test('a folder of another machine or container, one of another program, and a link are not', async () => {
  const tmp = ownTmpdir()
  const left = leftBy(deadPid())
  const name = basename(left)
  const elsewhere = name.replace(/^wsgiscope-[0-9a-f]{8}/, 'wsgiscope-00000000')
  const others = [elsewhere, 'wsgiscope-x1y2z3', `other-${name}`].map((other) => join(tmp, other))
  for (const other of others) mkdirSync(other)
  rmSync(left, { recursive: true })
  symlinkSync(others[0] ?? '', left)
  expect(await sweepTempFolders()).toEqual([])
  expect(others.filter(existsSync)).toEqual(others)
})

test('where temporary files have no place, nothing is swept, and making one says what to do', async () => {
  vi.stubEnv('TMPDIR', join(ownTmpdir(), 'gone'))
  expect(await sweepTempFolders()).toEqual([])
  expect(makeTempFolder).toThrow(/gone: set TMPDIR to one with room \(ENOENT/)
})

test('a server that starts sweeps, and says so', async () => {
  ownTmpdir()
  const left = leftBy(deadPid())
  const server = await startServer('hello.ts:app', '--no-ui')
  await until(() => server.lines.some((line) => line.includes(left)))
  expect(existsSync(left)).toBe(false)
})
