import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test, vi } from 'vitest'
import { FileWatch } from './fileWatch.ts'

test('a pipe, a socket, a link to nowhere and one to itself are watched like files, and none of them is opened', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
  const at = (name: string) => join(folder, name)
  const [pipe, socket, nowhere, loop, file] = [at('pipe.py'), at('socket'), at('.#app.py'), at('loop.py'), at('app.py')]
  execFileSync('mkfifo', [pipe])
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(socket, resolve))
  symlinkSync('target.py', nowhere)
  symlinkSync('loop.py', loop)
  writeFileSync(file, '')
  const told: string[][] = []
  const watch = new FileWatch((files) => told.push(files))
  onTestFinished(() => {
    watch.close()
    server.close()
    rmSync(folder, { recursive: true, force: true })
  })
  watch.add([pipe, socket, nowhere, loop, folder, file], Date.now() + 1000)
  writeFileSync(join(folder, 'target.py'), 'there now')
  await vi.waitUntil(() => told.length > 0, 10_000)
  // The folder has another entry since, and the link a target.
  expect(told[0]?.filter((changed) => changed !== folder)).toEqual([nowhere])
})
