import type { StageWords } from '../../stage/words.ts'
import { findings } from './findings.ts'

const count = (n: number): string => n.toLocaleString('en')
const bytes = (n: number): string => `${count(n)} ${n === 1 ? 'byte' : 'bytes'}`

export const stage: StageWords = {
  titles: {
    client: 'Client',
    socket: 'Socket bytes',
    requestLine: 'Request line',
    environ: 'environ',
    application: 'Application',
    startResponse: 'start_response',
    response: 'Response bytes',
    frame: 'Server',
    listing: 'sixty_lines.py',
  },
  shortTitles: { socket: 'Bytes', requestLine: 'Line', response: 'Response' },
  edges: {
    tcp: '← TCP: only bytes cross this edge',
    wsgi: 'WSGI: only a Python call crosses this edge →',
    tcpShort: '← TCP: bytes',
    wsgiShort: 'WSGI: a call →',
  },
  tools: {
    enlarge: (card) => `Enlarge: ${card}`,
    reduce: 'Back to the picture',
    fold: (card) => `Fold away: ${card}`,
  },
  wires: {
    headers: 'headers',
    chunks: 'chunks: next() pulls, one at a time',
    chunksShort: 'chunks',
    gate: 'gate',
    input: 'wsgi.input',
    cutShort: 'refused',
  },
  welcome: {
    box: 'server',
    lead: 'This is a web server, running now. What happens inside it?',
    how: 'Send it a request from a terminal of your own:',
    command: (gateway) => `curl "http://${gateway}/?name=Ada"`,
    or: 'or',
    button: 'Send a request for me',
  },
  socket: {
    connected: 'Connected. No byte has come yet.',
    notHere: (n) => `${bytes(n)}, not kept here.`,
    more: (n) => `… and ${count(n)} more ${n === 1 ? 'byte' : 'bytes'}`,
    tray: (length, read) =>
      read === null
        ? `body, ${bytes(length)}`
        : read === 0
          ? `body, ${bytes(length)}, unread`
          : read >= length
            ? `body, ${bytes(length)}, all read`
            : `body, ${count(read)} of ${bytes(length)} read`,
    waitingForHead: 'still waiting for the blank line',
    waitingForBody: 'still waiting for the rest of the body',
    behind: (n) => `+ ${bytes(n)} of the request behind this one`,
    summary: (reads, n) => `${count(reads)} recv, ${count(n)} B`,
  },
  requestLine: {
    empty: '(empty)',
    method: 'method',
    target: 'target',
    path: 'path',
    query: 'query',
    version: 'version',
    idle: 'The first line of a request, in its parts.',
  },
  packet: {
    summary: (n, size) => `${count(n)} variables, 4 + ${count(size)} B`,
    summaryShort: (size) => `4 + ${count(size)} B`,
    ignored: (n) => `${count(n)} ignored`,
    meant: 'THE SAME FOUR BYTES, AS HTTP',
    dropped: {
      code: '↑ names code to load: ignored',
      'server-key': '↑ a key of the server’s own: ignored',
      'bare-twin': '↑ stands above without HTTP_',
      'coding-undone': '↑ the coding is undone',
      repeated: '↑ a later one counts',
    },
  },
  environ: {
    groups: { request: 'FROM THE REQUEST', socket: 'FROM THE SOCKET', server: 'FROM THE SERVER' },
    changed: 'CHANGED BY THE APPLICATION',
    absent: '(absent)',
    removed: '(removed)',
    missing: 'REQUIRED BY PEP 3333, NOT GIVEN',
    summaryMissing: (keys, missing) => `${keys} keys, ${missing} missing`,
    summary: (keys) => `${keys} keys`,
    summaryChanged: (keys, changed) => `${keys} keys, ${changed} changed`,
    idle: 'A Python dict, made for each request.',
  },
  application: {
    waiting: 'not called yet',
    queued: (ahead) => (ahead === 0 ? 'waiting for a worker' : `waiting for a worker, ${count(ahead)} ahead`),
    earlier: (file) => `${file} before it changed`.trimStart(),
    called: (worker) => `running in worker ${worker}`,
    framework: (frames) => `called from ${frames}`,
    never: 'never called',
    raised: (type) => `raised ${type}`,
    died: 'its worker died',
    caught: 'Caught before it came to the server: the 500 is made of it.',
    done: 'done',
    unwatched: 'done; nobody watched: reads, changes, callers and some findings are missing',
    omitted: (events) =>
      events === null
        ? 'more than is kept: the rest is left out'
        : `more than is kept: ${count(events)} events left out`,
    calls: 'runs now',
    noSource: 'Its source is not a file that can be read.',
  },
  startResponse: {
    inferred: 'INFERRED, NOT SEEN',
    idle: 'Status and headers wait here. Nothing is sent.',
    notCalled: 'The application did not call it.',
    kept: 'Kept here, not sent. Called again, it may still be replaced.',
    gone: 'Sent. From here on nothing of this can change.',
    again: 'Called again: these are the new arguments.',
    excInfo: (type) => `Called again because of ${type}: these replace the first ones.`,
    calledBy: (caller) => `Called by ${caller}`,
    folded: (n, packages) => `… ${count(n)} ${n === 1 ? 'frame' : 'frames'}${packages === '' ? '' : ` of ${packages}`}`,
    byFramework: 'No code of your own runs now: the framework makes this call.',
    summary: 'arguments kept',
    summaryGone: 'arguments sent',
  },
  response: {
    hasCome: 'The answer has come. Its bytes are shown in the next step.',
    idle: '0 bytes sent. The gate opens at the first chunk that is not empty.',
    shut: '0 bytes sent. The gate opens at the first chunk that is not empty.',
    own: '0 bytes sent. This answer the server writes itself.',
    notHere: (n) => `${bytes(n)}, not kept here.`,
    more: (n) => `… and ${count(n)} more ${n === 1 ? 'byte' : 'bytes'}`,
    torn: '✂ torn off: the client was promised more.',
    waiting: (memory, disk, held) =>
      `The client reads slowly: ${bytes(memory)} wait in memory, ${bytes(disk)} on disk${held ? ', and the application waits too' : ''}.`,
    givenUp: (n) => `The client read too slowly: the server gave up ${bytes(n)}.`,
    leftBehind: (n) => `The client left; ${bytes(n)} still waited for it.`,
    summary: (n) => `${count(n)} B`,
    by: { nginx: 'from nginx', server: 'from the tapped server' },
    byApplication: (n) => `${count(n)} B given by the application`,
    byServer: (n) => `${count(n)} B added by the server`,
    chunkBand: (n, size) => `${count(n)} ${n === 1 ? 'chunk' : 'chunks'}, ${bytes(size)}`,
    chunkCount: (n) => `${count(n)} ${n === 1 ? 'chunk' : 'chunks'}`,
  },
  bytesOnly: 'bytes only',
  listing: {
    waits: 'not read by the server yet',
    kept: (n, read) =>
      read === 0
        ? `only the first line is looked at; all ${bytes(n)} stand in wsgi.input`
        : `only the first line is looked at; ${count(Math.min(read, n))} of ${bytes(n)} read from wsgi.input`,
    unread: (n) => `never read: ${bytes(n)} beyond the one recv(1024)`,
    keptIdle: 'Status and headers wait here.',
    line: (line) => `line ${line}`,
    running: 'running in the server itself',
    notClosed: 'done, but never closed',
  },
  dead: {
    title: 'The server is dead',
    traceback: 'Traceback',
    button: 'Start it again',
    restarted: 'Somebody has started it again since.',
  },
  refused: (status) => `refused, ${status}`,
  findings,
  more: (n) => `… and ${n.toLocaleString('en')} more`,
}
