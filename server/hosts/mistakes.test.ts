/** Each mistake in shared/apps/mistakes gets exactly its finding, its corrected twin none. */

import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, extname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import type { Host } from '../../shared/gateway/host.ts'
import type { TraceEvent } from '../../shared/trace/events.ts'
import { eventsOfKind } from '../../shared/trace/query.ts'
import { isRuleId, RULES, type Rule } from '../../shared/wsgi/referee.ts'
import { createHost } from './createHost.ts'
import { hostOptions } from './testing/callHost.ts'
import { throughGateway } from './testing/throughGateway.ts'

const MISTAKES = fileURLToPath(new URL('../../shared/apps/mistakes', import.meta.url))
const files = (extension: string) => readdirSync(MISTAKES).filter((name) => extname(name) === extension)
const rulesOf = (extension: string) => files(extension).map((name) => basename(name, extension))
const installed = ['/usr/bin/python3', 'python3'].filter((path) => !path.startsWith('/') || existsSync(path))
const interpreters = [...installed, 'embedded']

/** What the client alone can do wrong has no application. */
const OF_REQUESTS = [
  ...['target-raw-bytes', 'header-underscore'],
  ...['variable-code', 'variable-of-server', 'variable-repeated'],
]

const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
cpSync(MISTAKES, join(folder, 'mistakes'), { recursive: true })
// One module for all, so that one interpreter serves them: /RULE/app, /RULE/fixed, /RULE/validated.
writeFileSync(
  join(folder, 'dispatch.py'),
  `import importlib.util, os
from wsgiref.validate import validator
folder = ${JSON.stringify(join(folder, 'mistakes'))}
applications = {}
for name in os.listdir(folder):
    if name.endswith(".py"):
        spec = importlib.util.spec_from_file_location(name[:-3].replace("-", "_"), os.path.join(folder, name))
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        applications["/%s/app" % name[:-3]] = module.app
        applications["/%s/fixed" % name[:-3]] = module.fixed
        applications["/%s/validated" % name[:-3]] = validator(module.fixed)
def app(environ, start_response):
    return applications[environ["PATH_INFO"]](environ, start_response)
`,
)

const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`

/** The one finding, and that it names an event which its rule is about. */
function expectOne(rule: string, events: readonly TraceEvent[]): void {
  const found = eventsOfKind(events, 'referee.finding')
  expect(found.map((finding) => finding.rule)).toEqual([rule])
  const about: Rule['about'] = isRuleId(rule) ? RULES[rule].about : []
  expect(about).toContain(events.find(({ seq }) => seq === found[0]?.about)?.kind)
}

describe.each(interpreters)('in Python (%s)', (python) => {
  let host: Host
  beforeAll(async () => {
    host = await createHost('dispatch.py', { ...hostOptions().options, python, cwd: folder, env: process.env })
  })
  afterAll(() => host.close())

  test.each(rulesOf('.py'))('%s', async (rule) => {
    expectOne(rule, await throughGateway(host, get(`/${rule}/app`)))
    expect(eventsOfKind(await throughGateway(host, get(`/${rule}/fixed`)), 'referee.finding')).toEqual([])
    const validated = await throughGateway(host, get(`/${rule}/validated`))
    expect(validated.filter(({ kind }) => kind === 'app.raised')).toEqual([])
  })
})

describe('in TypeScript', () => {
  test.each(rulesOf('.ts'))('%s', async (rule) => {
    const hostOf = async (attribute: string) => {
      const { options } = hostOptions()
      const host = await createHost(`${rule}.ts:${attribute}`, { ...options, cwd: MISTAKES, env: process.env })
      onTestFinished(() => host.close())
      return host
    }
    expectOne(rule, await throughGateway(await hostOf('app'), get('/')))
    expect(eventsOfKind(await throughGateway(await hostOf('fixed'), get('/')), 'referee.finding')).toEqual([])
  })
})

test('every rule about applications has its mistake, and no mistake is without a rule', () => {
  const rules = Object.keys(RULES).filter((rule) => !OF_REQUESTS.includes(rule))
  expect(rulesOf('.py').toSorted()).toEqual(rules.toSorted())
  expect(rulesOf('.ts').filter((rule) => !rules.includes(rule))).toEqual([])
})
