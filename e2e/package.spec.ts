/** What `npm publish` would send, installed where nothing else is. */
import { mkdir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { curl } from './clients.ts'
import { runProgram, sample } from './server.ts'
import { expect, test } from './test.ts'

test('the package, installed into an empty folder, serves an application and its page', async ({
  serve,
  folder,
  scope,
}) => {
  test.setTimeout(600_000)
  // It was built before the browser tests; building it here again would pull it from under the others.
  const packed = await runProgram('npm', ['pack', '--ignore-scripts', '--pack-destination', folder])
  expect(packed.code, packed.stderr).toBe(0)
  const [tarball] = (await readdir(folder)).filter((name) => name.endsWith('.tgz'))

  const home = join(folder, 'home')
  await mkdir(home)
  const install = ['install', '--no-audit', '--no-fund', '--prefer-offline', join(folder, tarball ?? '')]
  const installed = await runProgram('npm', install, { cwd: home })
  expect(installed.code, installed.stderr).toBe(0)

  const bin = join(home, 'node_modules', '.bin', 'wsgiscope')
  const version = await runProgram(bin, ['--version'], { cwd: home })
  expect(version.stdout.toString()).toMatch(/^\d+\.\d+\.\d+\n$/)

  const builtIn = await serve({ command: [bin], cwd: home })
  expect((await curl(`${builtIn.http}/?name=Ada`)).stdout.toString()).toContain('Ada')

  const python = await serve({ command: [bin], cwd: home, app: `${sample('hello.py')}:app` })
  expect((await curl(`${python.http}/?name=Ada`)).stdout.toString()).toBe('Hello, Ada!\n')
  await scope.open(python.ui)
  await scope.answered(['GET /?name=Ada 200'])
})
