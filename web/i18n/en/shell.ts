/** The words of the page around the picture. Its type is what every other language has to say too. */
const count = new Intl.NumberFormat('en')
const number = (value: number): string => count.format(value)
const plural = (value: number, one: string, many: string): string => `${number(value)} ${value === 1 ? one : many}`

export const shell = {
  languageName: 'English',
  topBar: {
    label: 'wsgiscope',
    tap: (server: string) => `tap to ${server}`,
    serving: 'on',
    recording: (file: string) => `recording: ${file}`,
    status: {
      connecting: 'connecting…',
      live: 'live',
      lost: 'connection lost, trying again…',
      ended: 'recording',
    },
    language: 'Language',
    theme: 'Theme',
    themes: { system: 'System', light: 'Light', dark: 'Dark' },
    openTrace: 'Open trace…',
    backToLive: 'Back to live',
    help: 'Help',
  },
  caption: 'Caption',
  replay: {
    answered: (time: string) => `answered in ${time}; played slowly`,
    ended: (time: string) => `over after ${time}; played slowly`,
  },
  andNow: {
    label: 'And now?',
    attempts: {
      post: 'post something',
      pieces: 'three pieces',
      crashBefore: 'crash before the head',
      crashAfter: 'crash after it',
      refused: 'a refused request',
      own: 'your own application',
    },
    start: 'Another application does this. Stop the server with Ctrl-C where it was started, and start it like this:',
    send: 'Then send it this:',
    startOwn: 'Your application is served like this:',
    frameworks: 'Flask and Django too: shop.wsgi:application, mysite/wsgi.py',
    close: 'Close',
  },
  guide: { next: 'Next', key: 'Space', playThrough: 'Play it through' },
  notice: {
    letGo: (exchange: number) => `Exchange ${number(exchange)} is not kept any more.`,
    restarted: 'The server was restarted: this is a new run.',
    reloaded: (files: string) => `Reloaded: ${files} changed.`,
    reloadedFor: 'Reloaded: a new worker found other files than the last one.',
    notLoaded: (file: string, why: string) => `${file} cannot be loaded: ${why}`,
    atLine: (why: string, line: number) => `${why}, line ${line}.`,
    previous: 'The previous version keeps answering.',
    traceback: 'Traceback',
    dismiss: 'Dismiss',
    reading: (file: string, part: number) => `Reading ${file}: ${Math.floor(part * 100)}%`,
    parts: { stage: 'The picture', exchanges: 'The list', caption: 'The caption', timeline: 'The timeline' },
    notDrawn: (what: string, why: string) =>
      `${what} cannot be drawn at this moment (${why}). Step on, or choose another request.`,
  },
  exchanges: {
    label: 'Exchanges',
    region: 'Requests',
    none: 'no request yet',
    noLine: 'unreadable',
    by: { application: 'by app', gateway: 'by the server', nginx: 'by nginx', server: 'by the server' },
    state: {
      reading: 'reading',
      waiting: 'waiting for a worker',
      running: 'running',
      answering: 'answering',
      failed: 'failed',
      refused: 'refused',
      bytes: 'bytes only',
      incomplete: 'incomplete',
      done: 'done',
    },
    older: (n: number) => `+${number(n)} older`,
    letGo: (n: number, all: number) => `${number(n)} of ${number(all)} not kept`,
    total: (n: number) => `${number(n)} in all`,
    followNewest: 'Follow newest',
    waiting: (n: number) => `${number(n)} new`,
    passedOver: (n: number) => `${number(n)} more arrived; showing the newest`,
    rate: (shown: number, all: number) => `showing ${number(Math.round(shown))} of ${number(Math.round(all))} a second`,
  },
  timeline: {
    label: 'Timeline',
    first: 'First',
    stepBack: 'Step back',
    play: 'Play',
    pause: 'Pause',
    stepForward: 'Step forward',
    last: 'Last',
    speed: 'Speed',
    times: (speed: number) => `${speed}×`,
    playhead: 'Playhead',
    beginning: 'before the first byte',
    position: (beat: number, of: number) => `beat ${beat} of ${of}`,
    valueText: (beat: number, of: number, name: string, time: string) => `beat ${beat} of ${of}: ${name}, ${time}`,
    event: (event: number, of: number) => `event ${event} of ${of}`,
    empty: 'no exchange',
    beats: {
      arrives: 'accept',
      read: 'recv',
      parsed: 'parse',
      environ: 'environ',
      waits: 'wait',
      called: 'call app',
      reads: 'read body',
      answers: 'start_response',
      chunks: 'send',
      ends: 'end',
      refused: 'refuse',
      raised: 'exception',
      dead: 'dead',
    },
  },
  client: {
    loading: 'Loading the terminal…',
    failed: (why: string) => `The terminal could not be loaded: ${why}`,
  },
  log: {
    title: 'Log',
    open: (n: number) => `Log of the server, ${plural(n, 'line', 'lines')}`,
    close: 'Close',
    empty:
      'Nothing logged yet. What the server says, and what the application prints or writes to wsgi.errors, appears here.',
    request: (n: number) => `#${n}: show this request`,
    older: (n: number) => `${plural(n, 'older line', 'older lines')} not shown`,
  },
  outside: {
    label: 'Who sent this request',
    who: (kind: 'browser' | 'terminal' | 'program', agent: string, peer: string) =>
      kind === 'browser'
        ? `A browser, ${agent}, from ${peer}`
        : kind === 'terminal'
          ? `${agent} from ${peer}, in a terminal of its own`
          : agent === ''
            ? `A program from ${peer}`
            : `${agent} from ${peer}`,
  },
  terminal: {
    greeting: 'real bytes, a real socket. Try: help',
    helpNotes: [
      'Up and Down bring back what you ran, Tab completes, Ctrl-C stops. A backslash or an open quotation mark continues on the next line.',
      'This is not a shell of your computer: it talks to this server, and to nothing else.',
    ],
    notACommand: (name: string, last: string, others: string) =>
      `${name}: not a command here. There are ${others} and ${last}.`,
    noGateway: 'A recording has no server to talk to. Go back to live to send requests.',
    notConnected: 'The server is not connected; it is being tried again.',
    mayNotAct: 'Only the presenter may send requests from here.',
    connectionLost: 'The connection to the server was lost.',
    rawIntro: [
      'Type the request. Enter ends a line and adds \\r\\n; an empty line ends the head.',
      'A line with only a dot sends it, so does Ctrl-D. Ctrl-C gives up.',
      '\\r \\n \\t \\0 \\\\ \\xNN are single bytes; a backslash at the end of a line leaves out its \\r\\n.',
    ],
    rawHeadComplete: 'the head is complete: add a body, or send with . or Ctrl-D',
    rawNothing: 'nothing typed, nothing sent',
    tooLong: (limit: number) =>
      `that is more than ${plural(limit, 'byte', 'bytes')}, the most that can be sent from here`,
    tooMuch: (bytes: number) => `${plural(bytes, 'more byte is', 'more bytes are')} not printed here`,
  },
  help: {
    title: 'Keys and colours',
    close: 'Close',
    keysTitle: 'Keys',
    keysNote: 'They work everywhere but in the terminal and in fields. Tab on an empty line leaves the terminal.',
    keys: [
      { keys: ['→', 'Space', 'PageDown'], does: 'one beat forward' },
      { keys: ['←', 'PageUp'], does: 'one beat back' },
      { keys: ['Shift + →', 'Shift + ←'], does: 'one event forward, back' },
      { keys: ['Home', 'End'], does: 'first, last' },
      { keys: ['P'], does: 'play, pause' },
      { keys: ['?'], does: 'this help' },
    ],
    coloursTitle: 'Colours',
    coloursNote: 'A colour says where a value comes from, on every card. Point at a value to see its other places.',
    origins: {
      method: 'the method',
      path: 'the path',
      query: 'the query string',
      version: 'the HTTP version',
      header: 'a header',
      body: 'the body',
    },
    server: 'hatched: made by the server itself',
    status: 'inverse: the status',
    now: 'what happens now',
    termsTitle: 'Words',
    ideaTitle: 'How to read the picture',
    idea: 'Only bytes cross the left edge of the server: that is TCP. Only a Python call crosses the right one: that is WSGI.',
  },
  drop: {
    here: 'Drop a trace (.ndjson) to open it',
    notText: 'this is not a trace file (.ndjson)',
  },
}

export type ShellWordsOfPage = typeof shell
