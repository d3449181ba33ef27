import type { CaptionWords, Glossary } from '../../stage/words.ts'

const count = (n: number): string => n.toLocaleString('en')

/** One sentence each, at most 15 words and one verb; `[term]` opens its gloss. */
export const captions: CaptionWords = {
  idle: 'Nothing has arrived yet.',
  arrives: 'A client opened a [connection] to the server.',
  read: (bytes) => `The server read ${count(bytes)} plain bytes from its [socket].`,
  readInPieces: (pieces) => `The bytes arrived in ${count(pieces)} [segments], whose borders mean nothing.`,
  parsed: 'The server split the first line into [method], [path] and version, then each [header].',
  parsedWithBody: (bytes) => `The server split the head into its parts; ${count(bytes)} bytes of [body] wait.`,
  environ: (keys) => `The server turned the request into [environ], a Python dict of ${count(keys)} keys.`,
  waits: (ahead) =>
    ahead === 0
      ? 'The request waits for a free [worker].'
      : `The request waits for a [worker] behind ${count(ahead)} ${ahead === 1 ? 'other' : 'others'}.`,
  called: (callable) => `The server called [callable|${callable}] with two things: environ and [start_response].`,
  reads: (bytes) => `The application pulled ${count(bytes)} bytes of [body] through [wsgi.input].`,
  answers: 'The application called [start_response]; the server has sent nothing.',
  answersAgain: 'The application called start_response again, with [exc_info]: the new answer counts.',
  chunk: (bytes) => `With [next()] the server pulled a [chunk] of ${count(bytes)} bytes and sent it.`,
  chunks: (n) => `The server pulls [chunk] after chunk with [next()] and sends each at once: ${count(n)}.`,
  noChunks: 'The application gave no [chunk], so only the [head] went out.',
  emptyChunk: 'The only [chunk] is empty, so just the [head] went out.',
  chunkUnsent: 'A [chunk] came, but this answer has no body: only the [head] went out.',
  refusalGoesOut: 'The server wrote the whole answer itself.',
  errorGoesOut: 'The server wrote an error page in place of the answer.',
  doneOpen: (status) => `The application answered ${status}; the [connection] stays open.`,
  doneClosed: (status) => `The application answered ${status}; the [connection] is over.`,
  refused: (status) => `The server refused the marked bytes with ${status}.`,
  refusedEnd: (status) => `The server answered ${status} itself; the application was never called.`,
  raised: (type) => `The application raised ${type} before its [head] was sent.`,
  raisedLate: (type) => `The application raised ${type}, too late: the [head] was gone.`,
  raisedEnd: 'The server answered 500 itself; its log has the [traceback].',
  torn: 'The response broke off, so the client knows that some is missing.',
  died: 'The [worker] of this request died; the server replaced it.',
  notTaken: 'No [worker] could take this request; the server answers for it.',
  diedEnd: (status) => `The server answered ${status} itself; its log says why.`,
  bytesOnly: 'From here the [tap] shows only bytes; they pass as before.',
  switched: 'The two speak another protocol from here; the [tap] shows its bytes.',
  listing: {
    read: (bytes, unread) =>
      unread === 0
        ? `The server called [recv()] once and got ${count(bytes)} bytes.`
        : `One [recv()] returned ${count(bytes)} bytes; ${count(unread)} more stay unread for ever.`,
    parsed: 'The server split the first line on blanks; it never reads a [header].',
    environ: (keys) => `The server built [environ] from the first line alone: ${count(keys)} keys.`,
    environWithQuery: (keys) => `The server built [environ], ${count(keys)} keys; the query string stays in PATH_INFO.`,
    reads: (bytes) => `The application read ${count(bytes)} bytes from [wsgi.input], where the [head] stands too.`,
    chunk: (bytes) => `The server took the one [chunk], ${count(bytes)} bytes, and sent it behind the [head].`,
    chunks: (n) => `The server joined ${count(n)} [chunk|chunks] and sent them in one piece.`,
    neverClosed: 'The server closed the [connection], but never called close() of the iterable.',
    died: 'The server died; nobody answers until somebody starts it again.',
    absent: 'The server was dead when this client came: its [connection] closed at once.',
    noAnswer: 'The [connection] closed without an answer.',
  },
}

export const glossary: Glossary = {
  connection: 'A connection is a two-way stream of bytes between two programs, kept up by TCP.',
  socket: 'A socket is the end of a connection that a program reads from and writes to.',
  segments: 'A segment is what one read of the socket returned; the network cuts the stream where it likes.',
  method: 'The method says what is to be done with the path: GET fetches, POST submits.',
  path: 'The path names the thing asked for, from the first slash to the question mark.',
  header: 'A header is one line of the request: a name, a colon, a value.',
  body: 'The body is what the request carries behind the blank line, a form or a file.',
  environ: 'environ is the dict in which WSGI hands a request to the application, one string per fact.',
  worker: 'A worker is a process that runs the application, one request at a time.',
  callable: 'A callable is anything Python can call: here, the function or object that is the whole application.',
  'wsgi.input': 'wsgi.input is a file in the environ; reading it gives the body.',
  start_response: 'start_response is a function of the server: the application calls it with status and headers.',
  exc_info: 'exc_info is the error being handled; with it start_response may replace what it was given.',
  'next()': 'next() asks the iterable that the application returned for its next piece.',
  chunk: 'A chunk is one piece of the answer, a bytes object that the application yields.',
  head: 'The head is the status line and the headers, up to the blank line.',
  'recv()': 'recv() hands over bytes that have arrived, at most as many as it is asked for.',
  tap: 'A tap passes every byte on between client and server, unaltered, and shows it.',
  traceback: 'A traceback lists the calls that led to an error, the last one at the bottom.',
}
