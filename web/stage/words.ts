/** The words of the picture; one object per language, of this shape. */
import type { FindingLevel } from '../../shared/trace/events.ts'
import type { VariableDropped } from '../../shared/uwsgi/packet.ts'
import type { RuleId } from '../../shared/wsgi/referee.ts'
import type { ServerRuleId } from '../../shared/wsgi/serverRules.ts'
import type { CardId, EnvironGroup } from './cardId.ts'

export interface StageWords {
  /** Titles of the cards and of the frame. Regions keep their field names in every language. */
  titles: {
    client: string
    socket: string
    requestLine: string
    environ: string
    application: string
    startResponse: string
    response: string
    frame: string
    listing: string
  }
  /** Where there is no room for the whole title. */
  shortTitles: Partial<Record<CardId, string>>
  edges: { tcp: string; wsgi: string; tcpShort: string; wsgiShort: string }
  /** What can be done with a card. */
  tools: { enlarge: (card: string) => string; reduce: string; fold: (card: string) => string }
  wires: { headers: string; chunks: string; chunksShort: string; gate: string; input: string; cutShort: string }
  welcome: {
    box: string
    lead: string
    how: string
    /** What is typed. `gateway`: where clients connect to. */
    command: (gateway: string) => string
    button: string
    or: string
  }
  socket: {
    connected: string
    notHere: (bytes: number) => string
    more: (bytes: number) => string
    /** `read`: of how many that is known; null where nobody watched. */
    tray: (length: number, read: number | null) => string
    waitingForHead: string
    waitingForBody: string
    behind: (bytes: number) => string
    summary: (reads: number, bytes: number) => string
  }
  requestLine: {
    empty: string
    method: string
    target: string
    path: string
    query: string
    version: string
    idle: string
  }
  packet: {
    /** How many variables there are, and how many bytes behind the four of the header. */
    summary: (variables: number, datasize: number) => string
    summaryShort: (datasize: number) => string
    ignored: (variables: number) => string
    /** Above the first bytes of a request of HTTP that came to the port for uwsgi. */
    meant: string
    /** Below a variable that the application does not get. */
    dropped: Readonly<Record<VariableDropped, string>>
  }
  environ: {
    groups: Record<EnvironGroup, string>
    changed: string
    /** In place of a value, where there was none before, or is none after. */
    absent: string
    removed: string
    /** Above the keys that the server should have given. */
    missing: string
    summaryMissing: (keys: number, missing: number) => string
    summary: (keys: number) => string
    /** With how many of them the application has changed. */
    summaryChanged: (keys: number, changed: number) => string
    idle: string
  }
  application: {
    waiting: string
    queued: (ahead: number) => string
    /** Behind the name of its file, where there is room for one. */
    earlier: (file: string) => string
    called: (worker: number) => string
    framework: (frames: string) => string
    never: string
    raised: (type: string) => string
    died: string
    /** Below the frames of an exception that never came to the server. */
    caught: string
    done: string
    /** The call is over, and nobody watched it: what is therefore not known. */
    unwatched: string
    /** The exchange had more than its share: how many of its events are not here, where that is known. */
    omitted: (events: number | null) => string
    calls: string
    noSource: string
  }
  startResponse: {
    /** Above arguments that nobody saw. */
    inferred: string
    idle: string
    /** The request is answered, and it was never called. */
    notCalled: string
    kept: string
    gone: string
    again: string
    excInfo: (type: string) => string
    calledBy: (caller: string) => string
    folded: (frames: number, packages: string) => string
    /** Where no frame of the application's own files is among the callers. */
    byFramework: string
    summary: string
    summaryGone: string
  }
  response: {
    idle: string
    /** Of a tap, where the answer has come and is shown in the beat after this one. */
    hasCome: string
    shut: string
    /** Before an answer that is the server's own. */
    own: string
    notHere: (bytes: number) => string
    more: (bytes: number) => string
    torn: string
    /** Bytes that wait for a slow client; `held`: the application waits as well. */
    waiting: (memory: number, disk: number, held: boolean) => string
    /** So many were left when the connection ended: given up by the server, or the client went. */
    givenUp: (bytes: number) => string
    leftBehind: (bytes: number) => string
    summary: (bytes: number) => string
    /** Of a server that is seen from outside. */
    by: { nginx: string; server: string }
    /** Who wrote how many of the bytes: the legend of the two tones. */
    byApplication: (bytes: number) => string
    byServer: (bytes: number) => string
    chunkBand: (count: number, bytes: number) => string
    chunkCount: (count: number) => string
  }
  listing: ListingWords
  dead: DeadWords
  refused: (status: number) => string
  /** From here on, a tap shows no more than bytes. */
  bytesOnly: string
  findings: FindingWords
  /** What a list has besides. */
  more: (n: number) => string
}

/** Of the sixty-line server, where it does otherwise. */
export interface ListingWords {
  /** Bytes have come, and nobody has called recv(). */
  waits: string
  kept: (bytes: number, read: number) => string
  unread: (bytes: number) => string
  keptIdle: string
  line: (line: number) => string
  running: string
  notClosed: string
}

export interface DeadWords {
  title: string
  traceback: string
  button: string
  restarted: string
}

/** What the referee says, by rule. */
export interface FindingWords {
  rules: Record<RuleId, string>
  server: Record<ServerRuleId, string>
  levels: { error: string; warning: string; note: string; raised: string }
  /** With the gravest of their levels. */
  countOf: (n: number, gravest: FindingLevel) => string
  /** Where start_response was checked and nothing was found. */
  fine: string
  /** By what: said where the card is enlarged. */
  fineInDetail: string
  /** Those that are not told one by one. */
  more: (n: number) => string
}

/** How the client knows where a body ends: who said it, or that nobody did (RFC 9112 section 6.3). */
export type BodyEnd = 'length' | 'ownLength' | 'chunked' | 'close' | 'unknown'

/** What a refused request lacks, as far as it is told apart. */
export type Missing = 'host' | 'end' | 'time' | 'method' | 'other'

export interface CaptionWords {
  idle: string
  arrives: string
  read: (bytes: number) => string
  readInPieces: (pieces: number) => string
  parsed: string
  parsedWithBody: (bytes: number) => string
  /** `header`: one of the request, and the key that it became; null where there is none. */
  environ: (keys: number, header: { readonly name: string; readonly key: string } | null) => string
  waits: (ahead: number) => string
  called: (callable: string) => string
  /** The same, where the callable has returned and has not called start_response yet: a generator, say. */
  calledOnly: (callable: string) => string
  reads: (bytes: number) => string
  /** `status`: as the application said it. */
  answers: (status: string) => string
  answersAgain: (status: string) => string
  chunk: (bytes: number, end: BodyEnd) => string
  chunks: (count: number, end: BodyEnd) => string
  noChunks: string
  emptyChunk: string
  /** HEAD, 204, 304: what the application gives as the body is not sent. */
  chunkUnsent: string
  refusalGoesOut: string
  errorGoesOut: string
  doneOpen: (status: number) => string
  doneClosed: (status: number) => string
  refused: (status: number) => string
  /** Nothing is marked, since something is not there. */
  refusedFor: (status: number, missing: Missing) => string
  refusedEnd: (status: number) => string
  raised: (type: string) => string
  raisedLate: (type: string) => string
  raisedEnd: string
  notTaken: string
  diedEnd: (status: number) => string
  torn: string
  died: string
  /** Of a tap, where it does not understand what passes, or knows that it is no HTTP any more. */
  bytesOnly: string
  switched: string
  /** Of the sixty-line server, where it does otherwise. */
  listing: ListingCaptions
}

export interface ListingCaptions {
  read: (bytes: number, unread: number) => string
  parsed: string
  environ: (keys: number) => string
  environWithQuery: (keys: number) => string
  reads: (bytes: number) => string
  chunk: (bytes: number, end: BodyEnd) => string
  chunks: (count: number, end: BodyEnd) => string
  neverClosed: string
  died: string
  absent: string
  noAnswer: string
}
