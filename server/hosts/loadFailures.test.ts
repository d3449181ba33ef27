/** What keeps an application from being loaded: each in one line that says what is wrong, and what to do about it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { type HostOptions, LoadError } from '../../shared/gateway/host.ts'
import { startServer } from '../testing/harness.ts'
import { createHost } from './createHost.ts'
import { hostOptions } from './testing/callHost.ts'

const APP = `def app(environ, start_response):
    start_response('200 OK', [('Content-Type', 'text/plain')])
    return [b'x']
`

const FILES: Record<string, string> = {
  // Files that hide modules of Python's own.
  'hiding/email.py': `import urllib.request\n${APP}`,
  'hiding/from_colorsys.py': `from colorsys import rgb_to_hsv\n${APP}`,
  'hiding/of_colorsys.py': `import colorsys\ncolorsys.rgb_to_hsv(1, 2, 3)\n${APP}`,
  'hiding/colorsys.py': 'CHOICES = []\n',
  'hiding/inner.py': `import email.parser\n${APP}`,
  // Where imports do not start.
  'proj/app/main.py': `from app.db import NAME\n${APP}`,
  'proj/app/db.py': "NAME = b'db'\n",
  'proj/lib/settings.py': '',
  'proj/app/uses_lib.py': `from lib import settings\n${APP}`,
  // Another Python's.
  'py2.py': `import urllib2\n${APP}`,
  'py2_config.py': `from ConfigParser import ConfigParser\n${APP}`,
  'old.py': `import cgi\n${APP}`,
  // A part that is not there.
  'part.py': `import json.nope\n${APP}`,
  'no_package.py': `import os.path.nope\n${APP}`,
  // What embedded Python has not.
  'needs_sqlite.py': `import sqlite3\n${APP}`,
  'needs_ssl.py': `import ssl\n${APP}`,
  'needs_lzma.py': `import lzma\n${APP}`,
  'threads.py': `import threading\nthreading.Thread(target=print).start()\n${APP}`,
  'pool.py': `from concurrent.futures import ThreadPoolExecutor\nThreadPoolExecutor().submit(print)\n${APP}`,
  'fork.py': `import os\nos.fork()\n${APP}`,
  'process.py': `import multiprocessing\nmultiprocessing.Process(target=print).start()\n${APP}`,
  'lock.py': `import multiprocessing\nmultiprocessing.Lock()\n${APP}`,
  'executor.py': `from concurrent.futures import ProcessPoolExecutor\nProcessPoolExecutor().submit(print)\n${APP}`,
  'command.py': `import subprocess\nsubprocess.run(['ls'])\n${APP}`,
  'connects.py': `import socket\nsocket.create_connection(('127.0.0.1', 9))\n${APP}`,
  'installable.py': `import no_such_library\n${APP}`,
  // Circular imports.
  'circle/app.py': `from models import User\n\ndb = object()\n${APP}`,
  'circle/models.py': 'from app import db\n',
  'circle/pkg/__init__.py': `from .models import User\n\ndb = object()\n${APP}`,
  'circle/pkg/models.py': 'from . import db\n',
  // Slow ones.
  'slow.py': `import os, time\nwhile not os.path.exists(os.path.join(os.path.dirname(__file__), 'go')):\n    time.sleep(0.01)\n${APP}`,
  'never.py': `import time\nwhile True:\n    time.sleep(0.01)\n`,
  'slow.mts': `
import { existsSync } from 'node:fs'
while (!existsSync(new URL('./go', import.meta.url))) await new Promise((resolve) => setTimeout(resolve, 10))
export const app = () => []
`,
}

const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
for (const [name, text] of Object.entries(FILES)) {
  mkdirSync(dirname(join(folder, name)), { recursive: true })
  writeFileSync(join(folder, name), text)
}

const env = { ...process.env }
delete env.VIRTUAL_ENV
interface Where extends Partial<HostOptions> {
  python?: string
  cwd?: string
}

async function failureOf(spec: string, { python, cwd = folder, ...changes }: Where = {}): Promise<string> {
  const { options } = hostOptions(changes)
  const chosen = python === undefined ? {} : { python }
  const error = await createHost(spec, { ...options, cwd, env, ...chosen }).then(
    (host) => host.close(),
    (reason: unknown) => reason,
  )
  if (!(error instanceof LoadError)) throw new Error(`${spec} was loaded, or: ${String(error)}`)
  expect(error.message).not.toContain('\n')
  return error.message
}

const at = (name: string) => join(folder, name)

describe('what cannot be installed is not said to be', () => {
  test.each([
    [
      'hiding/email.py',
      {},
      `email.py imports email.parser, but ${at('hiding/email.py')} hides Python's own email: give it another name`,
    ],
    [
      'hiding/inner.py',
      {},
      `inner.py imports email.parser, but ${at('hiding/email.py')} hides Python's own email: give it another name`,
    ],
    [
      'hiding/from_colorsys.py',
      {},
      /^from_colorsys\.py could not be loaded: ImportError: cannot import name 'rgb_to_hsv' from 'colorsys' .*: \S+\/hiding\/colorsys\.py hides Python's own colorsys: give it another name$/,
    ],
    [
      'hiding/of_colorsys.py',
      {},
      /^of_colorsys\.py could not be loaded: AttributeError: module 'colorsys' has no attribute 'rgb_to_hsv'.*: \S+\/hiding\/colorsys\.py hides Python's own colorsys: give it another name$/,
    ],
    [
      'app/main.py:app',
      { cwd: at('proj') },
      'main.py imports app, and app lies in the current folder, where the imports of main.py do not start: write app.main:app',
    ],
    [
      'app/uses_lib.py',
      { cwd: at('proj') },
      'uses_lib.py imports lib, and lib lies in the current folder, where the imports of uses_lib.py do not start: write app.uses_lib',
    ],
    [
      'proj/app/main.py:app',
      {},
      `main.py imports app, and app lies in ${at('proj')}, where the imports of main.py do not start: go there, and write app.main:app`,
    ],
    [
      'py2.py',
      {},
      /^py2\.py imports urllib2, a module of Python 2: in Python 3\S+ \(\S+\) it is urllib\.request; make it a Python 3 application first$/,
    ],
    ['py2_config.py', {}, /^py2_config\.py imports ConfigParser, a module of Python 2: .* it is configparser;/],
    [
      'part.py',
      {},
      /^part\.py imports json\.nope, but json \(\S+\/json\/__init__\.py\) has no such part: is it another/,
    ],
    ['no_package.py', {}, /^no_package\.py imports os\.path\.nope, but os\.path \(\S+\) has no such part/],
    [
      'installable.py',
      {},
      /^installable\.py imports no_such_library, which Python .* does not have: install it there, or /,
    ],
  ])('%s', async (spec, where, message) => {
    const said = await failureOf(spec, where)
    if (typeof message === 'string') expect(said).toBe(message)
    else expect(said).toMatch(message)
  })

  const NOT_EMBEDDED = /is part of the standard library, but not of embedded CPython 3\.13\.\d+: use --python python3$/
  test.each([
    ['needs_sqlite.py', NOT_EMBEDDED],
    ['needs_ssl.py', NOT_EMBEDDED],
    ['needs_lzma.py', NOT_EMBEDDED],
    [
      'old.py',
      /^old\.py imports cgi, which Python has no more since 3\.13: choose an older one with --python PATH \(this is Python 3\.13/,
    ],
    ['py2.py', /a module of Python 2/],
    ['hiding/inner.py', /hides Python's own email: give it another name$/],
    ['threads.py', 'threads.py needs threads when it is imported, and embedded CPython has none: use --python python3'],
    ['pool.py', /^pool\.py needs threads when /],
    ['fork.py', /^fork\.py needs processes when /],
    ['process.py', /^process\.py needs processes when /],
    ['lock.py', /^lock\.py needs processes when /],
    ['executor.py', /^executor\.py needs processes when /],
    ['command.py', /^command\.py needs processes when /],
    ['connects.py', /^connects\.py needs network connections when /],
    ['installable.py', /pip install --target/],
  ])('in embedded Python: %s', async (spec, message) => {
    const said = await failureOf(spec, { python: 'embedded' })
    if (typeof message === 'string') expect(said).toBe(message)
    else expect(said).toMatch(message)
  })

  test.each([
    ['hiding/email.py:app', "hides Python's own email: give it another name"],
    ['py2.py:app', 'a module of Python 2'],
  ])('in sixty lines: %s', async (spec, message) => {
    await expect(startServer(at(spec), '--server', 'sixty-lines')).rejects.toThrow(message)
  })
})

test.each([
  ['app.py:app', {}],
  ['app:app', {}],
  ['pkg/__init__.py:app', {}],
  ['app.py:app', { python: 'embedded' }],
])('a circular import keeps Python’s own hint: %s %o', async (spec, where) => {
  const said = await failureOf(spec, { cwd: at('circle'), ...where })
  expect(said).toMatch(/from partially initialized module '\w+' \(most likely due to a circular import\)/)
})

test.each(['slow.py', 'slow.mts'])('of an import that takes long it is said that it goes on: %s', async (spec) => {
  const { options, heard } = hostOptions({ loading: { sayEveryMs: 20 } })
  onTestFinished(() => rmSync(at('go'), { force: true }))
  const created = createHost(spec, { ...options, cwd: folder, env })
  const said = () => heard.log.filter(({ text }) => /^the application is still loading after [\d.]+ s/.test(text))
  await vi.waitUntil(() => said().length >= 2, 120_000)
  if (spec === 'slow.py') expect(said()[0]?.text).toContain('--app-timeout')
  writeFileSync(at('go'), '')
  const host = await created
  const before = said().length
  await host.close()
  expect(said()).toHaveLength(before)
})

test('an import that takes too long is told how to be given more time', async () => {
  expect(await failureOf('never.py', { appTimeoutMs: 100, loading: { mostMs: 300 } })).toBe(
    'the application is still loading after 0.3 s: if it needs longer, give it more with --app-timeout SECONDS; ' +
      'if its module starts a server when it is imported, leave that out',
  )
})

test.each(['/bin/true', '/bin/false', '/bin/cat'])('a program that is no Python is told so: %s', async (python) => {
  const message = new RegExp(
    `^${python} is no Python that works: it exited with code \\d+.*: choose one with --python PATH$`,
  )
  expect(await failureOf('installable.py', { python })).toMatch(message)
  await expect(
    startServer(`${at('installable.py')}:app`, '--server', 'sixty-lines', '--python', python),
  ).rejects.toThrow(message)
})
