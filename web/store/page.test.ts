import { describe, expect, test } from 'vitest'
import { hello } from '../../shared/testing/apps.ts'
import { Conversation } from '../../shared/testing/conversation.ts'
import { MOST_BYTES, type TraceBody, type TraceEvent } from '../../shared/trace/events.ts'
import { encodeRecord } from '../../shared/trace/file.ts'
import { TraceIndex } from '../../shared/trace/traceIndex.ts'
import { shell as words } from '../i18n/en/shell.ts'
import { type Keep, keepIn } from '../keep.ts'
import type { Hello, ServerSource, SourceListener } from '../sources/source.ts'
import { header, Recorder, snapshot } from '../testing/recorder.ts'
import { gatewayAddress, recentAddresses } from './addresses.ts'
import type { Moment } from './moment.ts'
import { createPage } from './page.ts'

/** A source that says what the test has it say. */
class Script implements ServerSource {
  readonly sent: string[] = []
  readonly kind = 'server'
  readonly commands = {
    run: (id: number, line: string) => this.sent.push(`${id} ${line}`),
    raw: () => undefined,
    cancel: () => undefined,
  }
  #listener: SourceListener | null = null
  stopped = false

  start(listener: SourceListener): void {
    this.#listener = listener
  }

  stop(): void {
    this.stopped = true
  }

  restartServer(): void {
    throw new Error('nobody has died')
  }

  readonly asked: number[] = []
  /** Of the exchanges that were asked for, how to answer. */
  readonly fetched = new Map<number, (events: readonly TraceEvent[] | 'letGo' | 'lost') => void>()

  fetchExchange(id: number): Promise<readonly TraceEvent[] | 'letGo' | 'lost'> {
    return new Promise((resolve) => this.fetched.set(id, resolve))
  }

  bytes: Uint8Array = new Uint8Array()

  async fetchBytes(seq: number): Promise<Uint8Array | null> {
    this.asked.push(seq)
    return this.bytes
  }

  get listener(): SourceListener {
    if (this.#listener === null) throw new Error('the page did not start its source')
    return this.#listener
  }

  says(run: string, restarted = false): void {
    const said: Hello = { header: header(run), app: null, role: 'operator', restarted }
    this.listener.onHello(said)
    this.listener.onStatus('live')
  }
}

function memory(kept = new Map<string, string>()): Keep {
  return { read: (key) => kept.get(key) ?? null, write: (key, value) => kept.set(key, value).has(key) }
}

function opened({ keep = memory() as Keep, languages = ['en'], moment = null as Moment | null } = {}) {
  const moments: Moment[] = []
  const sources: Script[] = []
  const frames: (() => void)[] = []
  const page = createPage({
    live: () => {
      const source = new Script()
      sources.push(source)
      return source
    },
    nextFrame: (callback) => frames.push(callback),
    readingMs: () => 500,
    stillness: () => false,
    shellWords: () => words.terminal,
    keep,
    keepForNow: memory(),
    languages,
    moment,
    onMoment: (rests) => moments.push(rests),
  })
  page.openLive()
  const source = (): Script => {
    const latest = sources.at(-1)
    if (latest === undefined) throw new Error('the page opened no source')
    return latest
  }
  return { page, source, moments, frame: () => frames.shift()?.(), recorder: new Recorder() }
}

const place = { callable: 'app', file: '/hello.py', runtime: 'Python 3.11.2' }
const served = { spec: 'hello.py:app', language: 'python', line: 1, ...place } as const
const broken = { message: 'no', type: 'SyntaxError', file: '/hello.py', line: 1, traceback: 'Traceback' }
const reload = (version: number, failure: typeof broken | null): TraceBody => ({
  ...{ kind: 'app.reloaded', changed: ['/hello.py'], version, line: version, failure, ...place },
})

const request = () => new Conversation(hello).send('GET /hello HTTP/1.1\r\nHost: x\r\n\r\n').drafts

describe('a live page', () => {
  test('a run that is under way is shown at its newest exchange, as it ended', () => {
    const { page, source, recorder } = opened()
    source().says('a')
    recorder.connection(request())
    recorder.connection(request())
    source().listener.onSnapshot(snapshot(recorder.events, 0))
    const state = page.playhead.getState()
    expect(state).toMatchObject({ exchange: 2, playing: false, follow: true })
    expect(state.playhead).toBe(state.events().length)
  })

  test('events are applied once a frame, and start the picture', () => {
    const { page, source, frame, recorder } = opened()
    source().says('a')
    source().listener.onSnapshot(snapshot([], 0))
    let changes = 0
    page.trace.subscribe(() => changes++)
    for (const event of recorder.connection(request())) source().listener.onEvents([event])
    expect(changes).toBe(0)
    frame()
    expect(changes).toBe(1)
    expect(page.playhead.getState()).toMatchObject({ exchange: 1, playing: true })
  })

  test('a snapshot of the same run, after a slow moment, does not disturb who is looking', () => {
    const { page, source, recorder } = opened()
    source().says('a')
    recorder.connection(request())
    source().listener.onSnapshot(snapshot(recorder.events, 0))
    page.playhead.getState().seek(3)
    for (let n = 0; n < 5; n++) recorder.connection(request())
    source().listener.onSnapshot(snapshot(recorder.events, 0))
    expect(page.playhead.getState()).toMatchObject({ exchange: 1, playhead: 3, waiting: 5, follow: false })
  })

  test('a link restores its moment, and where the picture rests is a link', () => {
    const { page, source, recorder, moments } = opened({ moment: { run: 'a', exchange: 1, playhead: 4.5 } })
    source().says('a')
    recorder.connection(request())
    recorder.connection(request())
    source().listener.onSnapshot(snapshot(recorder.events, 0))
    expect(page.playhead.getState()).toMatchObject({ exchange: 1, playhead: 4.5, follow: false, playing: false })
    expect(moments.at(-1)).toEqual({ run: 'a', exchange: 1, playhead: 4.5 })
  })

  test('a link to another run is passed over', () => {
    const { page, source, recorder } = opened({ moment: { run: 'b', exchange: 1, playhead: 4.5 } })
    source().says('a')
    recorder.connection(request())
    recorder.connection(request())
    source().listener.onSnapshot(snapshot(recorder.events, 0))
    expect(page.playhead.getState().exchange).toBe(2)
  })

  test('who sends a request from the page is shown it next, whatever they were looking at', () => {
    const { page, source, frame, recorder } = opened()
    source().says('a')
    recorder.connection(request())
    source().listener.onSnapshot(snapshot(recorder.events, 0))
    page.playhead.getState().seek(3)
    page.shell.start()
    page.sendExample()
    source().listener.onEvents(recorder.connection(request()))
    frame()
    expect(page.playhead.getState()).toMatchObject({ exchange: 2, playing: true })
  })

  test('the answer is printed when the picture has sent it, and at once where it is not shown', () => {
    const { page, source, frame, recorder } = opened()
    const printed: string[] = []
    page.terminal.attach({ columns: 80, write: (text) => printed.push(text) })
    const tell = (port: number) => {
      const events = recorder.connection(request())
      source().listener.onEvents(
        events.map((event) => (event.kind === 'connection.opened' ? { ...event, peer: { host: '::1', port } } : event)),
      )
    }
    const answer = (id: number, port: number) => {
      source().listener.onClientHeard(id, port)
      source().listener.onClientOutput(id, 'out', new TextEncoder().encode(`answer ${id}\n`))
      source().listener.onClientDone(id, 0)
    }
    source().says('a')
    source().listener.onSnapshot(snapshot([], 0))
    page.shell.start()
    page.shell.run('curl a')
    tell(5001)
    answer(1, 5001)
    expect(page.playhead.getState()).toMatchObject({ exchange: 1, playhead: 0 })
    expect(printed.join('')).not.toContain('answer')
    page.playhead.getState().last()
    expect(printed.join('')).toContain('answer 1')

    page.shell.run('curl b')
    page.playhead.getState().pause()
    tell(5002)
    frame()
    answer(2, 5002)
    expect(page.playhead.getState().exchange).toBe(1)
    expect(printed.join('')).toContain('answer 2')

    page.shell.run('curl c')
    answer(3, 5003)
    expect(printed.join('')).toContain('answer 3')
  })

  test('a restarted server replaces everything, and the page says so', () => {
    const { page, source, recorder } = opened()
    source().says('a')
    recorder.connection(request())
    source().listener.onSnapshot(snapshot(recorder.events, 0))
    source().listener.onStatus('lost')
    source().says('b', true)
    expect(page.session.getState().notice).toEqual({ kind: 'restarted' })
    expect(page.trace.getState().index.exchanges).toEqual([])
    expect(page.playhead.getState().exchange).toBeNull()
    source().listener.onSnapshot(snapshot([], 0))
    page.session.getState().dismiss()
    expect(page.session.getState().notice).toBeNull()
  })

  test('a reload is told when it happens, until the next request; what could not be loaded, until it is', () => {
    const { page, source, frame, recorder } = opened()
    const notice = () => page.session.getState().notice
    source().says('a')
    source().listener.onHello({ header: header('a'), app: served, role: 'operator', restarted: false })
    source().listener.onSnapshot(snapshot(recorder.connection(request()), 0))
    const tell = (events: readonly TraceEvent[]) => {
      source().listener.onEvents(events)
      frame()
    }
    tell(recorder.note(reload(2, null)))
    expect(notice()).toMatchObject({ kind: 'reloaded', reload: { version: 2, failure: null } })
    expect(page.trace.getState().app).toEqual({ ...served, line: 2 })
    tell(recorder.connection(request()))
    expect(notice()).toBeNull()
    tell(recorder.note(reload(2, broken)))
    tell(recorder.connection(request()))
    expect(notice()).toMatchObject({ kind: 'reloaded', reload: { failure: { type: 'SyntaxError' } } })
    tell(recorder.note(reload(3, null)))
    expect(notice()).toMatchObject({ reload: { failure: null } })
  })

  test('who comes later is told of what cannot be loaded, not of what was loaded once', () => {
    const { page, source, recorder } = opened()
    source().says('a')
    recorder.note(reload(2, null))
    source().listener.onSnapshot(snapshot(recorder.events, 0))
    expect(page.session.getState().notice).toBeNull()
    recorder.note(reload(2, broken))
    source().listener.onSnapshot(snapshot(recorder.events, 0))
    expect(page.session.getState().notice).toMatchObject({ kind: 'reloaded' })
  })

  test('the example is typed into the terminal, for the address that is listened to', () => {
    const { page, source } = opened()
    source().says('a')
    page.shell.start()
    page.sendExample()
    expect(source().sent).toEqual(['1 curl -i localhost:8888/?name=Ada'])
  })

  test('what is shown without its bytes is asked for them, once', async () => {
    const { page, source, recorder } = opened()
    source().says('a')
    recorder.connection(request())
    const bare = recorder.events.map((event) => (event.kind === 'socket.sent' ? { ...event, bytes: null } : event))
    const whole = recorder.events.find(({ kind }) => kind === 'socket.sent')
    if (whole?.kind === 'socket.sent' && whole.bytes !== null) source().bytes = whole.bytes
    source().listener.onSnapshot(snapshot(bare, 0))
    const sent = () =>
      page.playhead
        .getState()
        .events()
        .find((event) => event.kind === 'socket.sent')
    await expect.poll(() => sent()).toMatchObject({ bytes: source().bytes })
    expect(source().asked).toEqual([sent()?.seq])
  })

  test('what lies behind the bytes that a server keeps of an exchange is not asked for', async () => {
    const { source, recorder } = opened()
    source().says('a')
    recorder.connection(request())
    const large: TraceEvent[] = recorder.events.map((event) =>
      event.kind === 'app.yielded' ? { ...event, length: MOST_BYTES / 2, bytes: null } : event,
    )
    const yielded = large.find(({ kind }) => kind === 'app.yielded')
    if (yielded?.kind !== 'app.yielded') throw new Error('nothing was yielded')
    const more = Array.from({ length: 500 }, (_, n) => ({ ...yielded, seq: large.length + n }))
    source().listener.onSnapshot(snapshot([...large, ...more], 0))
    await expect.poll(() => source().asked.length).toBeGreaterThan(0)
    expect(source().asked).toEqual([yielded.seq, large.length])
  })

  test('bytes that are not as many as was said are not believed', async () => {
    const { page, source, recorder } = opened()
    source().says('a')
    recorder.connection(request())
    const bare = recorder.events.map((event) => (event.kind === 'socket.sent' ? { ...event, bytes: null } : event))
    source().bytes = Uint8Array.of(1)
    source().listener.onSnapshot(snapshot(bare, 0))
    let changes = 0
    page.trace.subscribe(() => changes++)
    await expect.poll(() => changes).toBeGreaterThan(0)
    expect(
      page.playhead
        .getState()
        .events()
        .find(({ kind }) => kind === 'socket.sent'),
    ).toHaveProperty('bytes', null)
  })
})

describe('a recording', () => {
  const text = (recorder: Recorder): string =>
    [header('file'), ...recorder.events].map((record) => `${encodeRecord(record)}\n`).join('')
  const file = (name: string, content: string): File => new File([content], name)

  test('it is played from its beginning, and has no server to talk to', async () => {
    const { page, source, recorder } = opened()
    source().says('a')
    recorder.connection(request())
    recorder.connection(request())
    await page.openFile(file('class.ndjson', text(recorder)))
    expect(source().stopped).toBe(true)
    expect(page.session.getState()).toMatchObject({ file: 'class.ndjson', status: 'ended', notice: null })
    expect(page.playhead.getState()).toMatchObject({ exchange: 1, playhead: 0, playing: true, follow: false })
    let printed = ''
    page.terminal.attach({ columns: 200, write: (written) => (printed += written) })
    page.shell.start()
    page.sendExample()
    expect(printed).toContain('A recording has no server to talk to')
  })

  test('a recording of the run that was listened to is shown, and not what was shown before', async () => {
    const { page, source, recorder } = opened()
    source().says('file')
    for (let n = 0; n < 3; n++) recorder.connection(request())
    source().listener.onSnapshot(snapshot(recorder.events, 0))
    await page.openFile(file('one.ndjson', text(recorder)))
    expect(page.playhead.getState()).toMatchObject({ exchange: 1, playing: true })
  })

  test('a file that cannot be read is named, with its line, and nothing is lost', async () => {
    const { page, source, recorder } = opened()
    source().says('a')
    recorder.connection(request())
    source().listener.onSnapshot(snapshot(recorder.events, 0))
    await page.openFile(file('notes.txt', `${encodeRecord(header())}\nhello\n`))
    expect(page.session.getState().notice).toMatchObject({ kind: 'file' })
    expect(page.session.getState().notice).toHaveProperty(
      'message',
      expect.stringMatching(/^notes\.txt: line 2: not JSON/),
    )
    expect(page.session.getState().file).toBeNull()
    expect(page.playhead.getState().exchange).toBe(1)
  })

  test('while it is read it is said how far, and who dismisses that keeps what is shown', async () => {
    const { page, source, recorder } = opened()
    source().says('a')
    recorder.connection(request())
    source().listener.onSnapshot(snapshot(recorder.events, 0))
    const parts: number[] = []
    page.session.subscribe(({ notice }) => {
      if (notice?.kind !== 'reading') return
      parts.push(notice.part)
      if (notice.part > 0) page.session.getState().dismiss()
    })
    await page.openFile(file('class.ndjson', text(recorder)))
    expect(parts).toEqual([0, 1])
    expect(page.session.getState()).toMatchObject({ file: null, notice: null, status: 'live' })
    expect(page.playhead.getState().exchange).toBe(1)
  })

  test('of two files that are opened the later one is shown, and an empty one is called empty', async () => {
    const { page, source, recorder } = opened()
    source().says('a')
    recorder.connection(request())
    const first = page.openFile(file('first.ndjson', text(recorder)))
    await page.openFile(file('second.ndjson', text(recorder)))
    await first
    expect(page.session.getState()).toMatchObject({ file: 'second.ndjson', notice: null })
    await page.openFile(file('empty.ndjson', ''))
    expect(page.session.getState().notice).toMatchObject({ message: 'empty.ndjson: the file is empty' })
  })

  test('back to live is a new connection', async () => {
    const { page, source, recorder } = opened()
    recorder.connection(request())
    await page.openFile(file('class.ndjson', text(recorder)))
    page.openLive()
    source().says('a')
    expect(page.session.getState()).toMatchObject({ file: null, status: 'live' })
    expect(page.playhead.getState().exchange).toBeNull()
  })
})

describe('exchanges of which there is only the summary', () => {
  /** A page that is sent five exchanges, the newest with its events, and an index that has them all. */
  function summarized(moment: Moment | null = null) {
    const made = opened({ moment })
    const { source, recorder } = made
    for (let n = 0; n < 5; n++) recorder.connection(request())
    const server = new TraceIndex()
    server.append(recorder.events)
    source().says('a')
    const told = (): void =>
      source().listener.onSnapshot({
        exchanges: server.exchanges.slice(0, -1),
        lines: [],
        events: server.eventsOf(5),
        next: server.nextSeq,
        letGo: 0,
      })
    told()
    const answer = async (id: number, answer: readonly TraceEvent[] | 'letGo' | 'lost' = server.eventsOf(id)) => {
      source().fetched.get(id)?.(answer)
      source().fetched.delete(id)
      await Promise.resolve()
      await Promise.resolve()
    }
    return {
      ...made,
      state: () => made.page.playhead.getState(),
      server,
      answer,
      told,
      asked: () => [...source().fetched.keys()],
    }
  }

  test('all are in the list, the newest is shown, and its neighbour is fetched before anybody asks', () => {
    const { page, state, asked } = summarized()
    expect(page.trace.getState().index.exchanges.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5])
    expect(state()).toMatchObject({ exchange: 5, awaited: null })
    expect(asked()).toEqual([4])
  })

  test('one that is chosen is shown as it ended when its events have come; until then the picture stays', async () => {
    const { state, server, answer, asked } = summarized()
    const before = state().events()
    state().select(2)
    expect(state()).toMatchObject({ exchange: 5, awaited: { exchange: 2 }, follow: false })
    expect(state().events()).toBe(before)
    expect(asked()).toContain(2)
    await answer(2)
    expect(state()).toMatchObject({ exchange: 2, awaited: null, playhead: server.eventsOf(2).length })
    expect(state().events()).toEqual(server.eventsOf(2))
    expect(asked()).toEqual(expect.arrayContaining([1, 3]))
  })

  test('who has chosen another one meanwhile is shown that one', async () => {
    const { state, answer } = summarized()
    state().select(2)
    state().select(3)
    await answer(2)
    expect(state()).toMatchObject({ exchange: 5, awaited: { exchange: 3 } })
    await answer(3)
    expect(state()).toMatchObject({ exchange: 3, awaited: null })
  })

  test('one that nobody has any more is said to be gone, and leaves the list', async () => {
    const { page, state, answer } = summarized()
    state().select(1)
    await answer(1, 'letGo')
    expect(page.session.getState().notice).toEqual({ kind: 'letGo', exchange: 1 })
    expect(state()).toMatchObject({ exchange: 5, awaited: null })
    expect(page.trace.getState().index.exchanges.map(({ id }) => id)).toEqual([2, 3, 4, 5])
    expect(page.trace.getState().letGo).toBe(1)
  })

  test('one that is chosen from elsewhere and was let go long ago is said to be gone', () => {
    const { page, state } = summarized()
    state().select(99)
    expect(page.session.getState().notice).toEqual({ kind: 'letGo', exchange: 99 })
    expect(state()).toMatchObject({ exchange: 5, awaited: null })
    expect(page.trace.getState().letGo).toBe(0)
  })

  test('after a loss, what was chosen is asked for again', async () => {
    const { source, state, answer, asked } = summarized()
    state().select(1)
    await answer(1, 'lost')
    expect(state().awaited).toEqual({ exchange: 1, playhead: null })
    source().says('a')
    expect(asked()).toContain(1)
    await answer(1)
    expect(state().exchange).toBe(1)
  })

  test('what is shown stays when a new snapshot has only its summary, and is completed again', async () => {
    const { state, answer, told, asked } = summarized()
    state().select(2)
    await answer(2)
    state().seek(3)
    const events = state().events()
    told()
    expect(state()).toMatchObject({ exchange: 2, playhead: 3 })
    expect(state().events()).toBe(events)
    expect(asked()).toContain(2)
    await answer(2)
    expect(state().events()).toEqual(events)
  })

  test('a link restores its moment when the events have come', async () => {
    const { state, answer } = summarized({ run: 'a', exchange: 2, playhead: 4.5 })
    expect(state().awaited).toEqual({ exchange: 2, playhead: 4.5 })
    await answer(2)
    expect(state()).toMatchObject({ exchange: 2, playhead: 4.5, follow: false, awaited: null })
  })
})

describe('what is kept', () => {
  test('language and theme outlive the page; the browser decides what nobody chose', () => {
    const keep = memory()
    const { session } = opened({ keep, languages: ['zh-CN'] }).page
    expect(session.getState()).toMatchObject({ language: 'zh-CN', theme: 'system' })
    session.getState().setLanguage('en')
    session.getState().setTheme('dark')
    expect(opened({ keep, languages: ['zh-CN'] }).page.session.getState()).toMatchObject({
      language: 'en',
      theme: 'dark',
    })
  })

  test('nonsense in the storage is not believed, and a refused storage keeps nothing', () => {
    const nonsense = memory(
      new Map([
        ['language', 'tlh'],
        ['theme', 'pink'],
      ]),
    )
    expect(opened({ keep: nonsense }).page.session.getState()).toMatchObject({ language: 'en', theme: 'system' })
    const refused = keepIn(() => {
      throw new DOMException('denied', 'SecurityError')
    })
    const { session } = opened({ keep: refused }).page
    session.getState().setTheme('dark')
    expect(session.getState().theme).toBe('dark')
  })
})

test('the address of a gateway is one that can be typed', () => {
  const at = (host: string) => gatewayAddress({ ...header(), gateway: { host, port: 8888 } })
  expect(['127.0.0.1', '0.0.0.0', '::', '192.0.2.1', '2001:db8::1'].map(at)).toEqual([
    'localhost:8888',
    'localhost:8888',
    'localhost:8888',
    '192.0.2.1:8888',
    '[2001:db8::1]:8888',
  ])
})

test('addresses that were asked for are offered, newest first, each once', () => {
  const { page, source, recorder } = opened()
  source().says('a')
  for (const path of ['/a', '/b', '/a']) {
    recorder.connection(new Conversation(hello).send(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`).drafts)
  }
  source().listener.onSnapshot(snapshot(recorder.events, 0))
  expect(recentAddresses(page.trace.getState())).toEqual(['localhost:8888/', 'localhost:8888/a', 'localhost:8888/b'])
})
