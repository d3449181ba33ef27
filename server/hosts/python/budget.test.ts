/** What a worker may say is bounded, whoever says it: the server goes on, and keeps little of it. Both kinds of Python. */
import { cpSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { latin1Decode } from '../../../shared/bytes/latin1.ts'
import type { Host } from '../../../shared/gateway/host.ts'
import { createHost } from '../createHost.ts'
import { SOURCE_LIMITS } from '../sourceBudget.ts'
import { callHost, type Heard, hostOptions, type Transcript } from '../testing/callHost.ts'

const FIXTURES = fileURLToPath(new URL('../testing/fixtures', import.meta.url))

/** As much as one text may have: a line, a message, a traceback. */
const LONGEST_TEXT = 64 * 1024

describe.each(['python3', 'embedded'])('%s', (python) => {
  let folder: string
  let host: Host
  let heard: Heard

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wsgiscope-'))
    cpSync(join(FIXTURES, 'says_much.py'), join(folder, 'says_much.py'))
    for (const name of ['spelled.py', 'linked.py']) writeFileSync(join(folder, name), `# ${'x'.repeat(500_000)}`)
    symlinkSync('.', join(folder, 'self'))
    const given = hostOptions()
    heard = given.heard
    host = await createHost('says_much.py', { cwd: folder, env: process.env, python, ...given.options })
  })

  afterAll(async () => {
    await host.close()
    rmSync(folder, { recursive: true, force: true })
  })

  async function call(name: string, query = ''): Promise<Transcript> {
    const transcript = callHost(host, { trace: true, environ: { PATH_INFO: `/${name}`, QUERY_STRING: query } })
    await transcript.over
    return transcript
  }

  const answer = ({ events }: Transcript): string =>
    events.map((event) => (event.kind === 'chunk' ? latin1Decode(event.data) : '')).join('')
  const shown = (name: string) => heard.sources.filter(({ file }) => file.endsWith(`/${name}`))

  test('names of files that are not there are looked at up to a number, which is said once', async () => {
    expect(answer(await call('names'))).toBe('named')
    expect(answer(await call('names'))).toBe('named')
    const said = heard.log.filter(({ text }) => text.includes(`names more than ${SOURCE_LIMITS.names} files`))
    expect(said).toHaveLength(1)
  })

  test.each([
    ['long_list', 'Too big'],
    ['long_stack', 'Too big'],
    ['many_headers', 'startResponse'],
    ['many_steps', 'more steps of one request than there can be'],
    ['closes_channel', 'leads to wsgiscope, and an application leaves it open'],
    ['begins_often', 'a request that begins twice, or before its turn'],
    ['long_tracebacks', 'more steps of one request than there can be'],
    ['long_functions', 'more steps of one request than there can be'],
    ['long_keys', 'more steps of one request than there can be'],
    ['long_head', 'a frame of impossible length'],
  ])('a worker with %s is replaced, and the next request is answered', async (name, why) => {
    expect((await call(name)).events.at(-1)).toMatchObject({ kind: 'died', status: 500 })
    expect(heard.log.map(({ text }) => text).join('\n')).toContain(why)
    expect(answer(await call('long_line'))).toBe('printed')
  })

  test.each([
    ['speaks_for_next', 'a step of a request that has not begun'],
    ['begins_next', 'a request that begins twice, or before its turn'],
  ])('a worker is not heard on a request that it has not come to: %s; that one is answered', async (name, why) => {
    const [first, next] = await Promise.all([call(name), call('long_line')])
    expect(first.events.at(-1)).toMatchObject({ kind: 'died', status: 500 })
    expect(heard.log.map(({ text }) => text).join('\n')).toContain(why)
    expect(answer(next)).toBe('printed')
  })

  test.each(['long_line', 'line_without_end', 'large_environ', 'closes_often', 'starts_anew'])(
    '%s: the request is answered, and each thing said of it is short',
    async (name) => {
      const { events } = await call(name)
      expect(events.at(-1)).toEqual({ kind: 'closed' })
      expect(events).toContainEqual({ kind: 'exhausted' })
      const texts = events.map((event) => (event.kind === 'logged' ? event.text : JSON.stringify(event)))
      const headers = 1000 * 220
      expect(Math.max(...texts.map(({ length }) => length))).toBeLessThan(LONGEST_TEXT * 2 + headers)
      expect(events.filter(({ kind }) => kind !== 'logged').length).toBeLessThan(10_000)
    },
  )

  test('all of a long line is passed on, in pieces', async () => {
    const lines = (await call('long_line')).events.flatMap((event) => (event.kind === 'logged' ? [event] : []))
    expect(lines.map(({ text }) => text).join('')).toBe('x'.repeat(3_000_000) + 'y'.repeat(3_000_000))
  })

  test('of a long message the beginning and the end are told', async () => {
    const raised = (await call('long_message')).events.find((event) => event.kind === 'raised')
    expect(raised?.message).toMatch(/^\u{1f600}+…\u{1f600}+$/u)
    expect(raised?.traceback).toMatch(/^Traceback /)
    for (const text of [raised?.message, raised?.traceback]) expect([...(text ?? '')].length).toBe(LONGEST_TEXT)
    expect(raised?.type.length).toBe(200)
  })

  test('of a deep stack the frames next to the call are told, the others counted', async () => {
    const { events } = await call('deep_stack')
    const start = events.find((event) => event.kind === 'startResponse')
    expect(start?.stack).toHaveLength(101)
    expect(start?.stack.at(-1)).toMatchObject({ folded: 602 })
    expect(events.at(-1)).toEqual({ kind: 'closed' })
  })

  // In a run of its own: the names above have taken up all there are.
  describe('a file', () => {
    let own: { host: Host; heard: Heard }
    beforeAll(async () => {
      const { options, heard } = hostOptions()
      own = { host: await createHost('says_much.py', { cwd: folder, env: process.env, python, ...options }), heard }
    })
    afterAll(() => own.host.close())

    test.each([
      ['name_in_many_spellings', 'spelled.py', 0],
      ['links', 'linked.py', SOURCE_LIMITS.spellings],
    ])('that is named in many ways is shown a few times: %s', async (app, file, most) => {
      const environ = { PATH_INFO: `/${app}`, QUERY_STRING: join(folder, file) }
      const named = callHost(own.host, { trace: true, environ })
      await named.over
      expect(answer(named)).toBe('named')
      expect(own.heard.sources.filter((source) => source.file.endsWith(`/${file}`))).toHaveLength(most)
      expect(shown(file)).toEqual([])
    })
  })
})
