import type { Glossary } from '../../stage/glossary.ts'
import type { BodyEnd, CaptionWords, Missing } from '../../stage/words.ts'

const count = (n: number): string => n.toLocaleString('en')
const bytes = (n: number): string => `${count(n)} ${n === 1 ? 'byte' : 'bytes'}`

/** Why the client knows where a body ends that is sent in one piece, and one in several. */
const ONE: Readonly<Record<Exclude<BodyEnd, 'chunked'>, string>> = {
  length: ' It added Content-Length, so that the client knows where the [body] ends.',
  ownLength: ' The Content-Length tells the client where the [body] ends.',
  close: ' No length is known: closing the connection will say that it was all.',
  unknown: '',
}
const sized = (n: number): string =>
  ` No total is known, so it goes out with its own size before it${n < 10 ? '' : `, in hexadecimal: ${n.toString(16)}`}.`
const SEVERAL: Readonly<Record<BodyEnd, string>> = {
  length: '',
  ownLength: '',
  chunked: ' No total is known, so each has its size before it, in hexadecimal.',
  close: ' No length is known: closing the connection will say that it was all.',
  unknown: '',
}

/** What a refused request lacks. */
const MISSING: Readonly<Record<Missing, string>> = {
  host: 'There is no Host [header], which [HTTP] asks of every request',
  end: 'The client ended its side before the request was complete',
  time: 'The request was not complete in time',
  method: 'There is no REQUEST_METHOD in the packet',
  other: 'The server cannot serve this request',
}

/** What a beat is about, and why it is so: a sentence, and one more where there is a reason. `[term]` opens its gloss. */
export const captions: CaptionWords = {
  idle: 'Nothing has arrived yet.',
  arrives: 'A client opened a [connection] to the server. From now on both can send bytes to each other.',
  read: (n) =>
    `The server read ${bytes(n)} from its [socket]. So far they are only bytes: nobody has looked for a meaning.`,
  readInPieces: (pieces) =>
    `The bytes arrived in ${count(pieces)} [segments]. The network cuts where it likes, so the borders mean nothing.`,
  parsed:
    'By the rules of [HTTP] the server split the first line into [method], [path] and version, then each [header] at its colon.',
  parsedWithBody: (n) =>
    `By the rules of [HTTP] the server split the [head] into its parts. The ${bytes(n)} of [body] wait until somebody asks for them.`,
  environ: (keys, header) =>
    header === null
      ? `The server turned the request into [environ], a Python dict of ${count(keys)} keys.`
      : `The server turned the request into [environ], a Python dict of ${count(keys)} keys. A [header] becomes HTTP_ and its name in capitals, however it was written: ${header.name} is ${header.key}.`,
  waits: (ahead) =>
    ahead === 0
      ? 'The request waits for a free [worker].'
      : `The request waits for a [worker] behind ${count(ahead)} ${ahead === 1 ? 'other' : 'others'}.`,
  called: (callable) =>
    `The server called [callable|${callable}] with two things: [environ] and the function [start_response]. This call is what [WSGI] is about.`,
  calledOnly: (callable) =>
    `The server called [callable|${callable}] with two things: [environ] and the function [start_response]. It returned at once: the rest of its lines run when the server asks for a [chunk].`,
  reads: (n) =>
    `The application read ${bytes(n)} of [body] from [wsgi.input]. The server hands a body over only when it is asked for it.`,
  answers: (status) =>
    `The application decided on [status|${status}], and called [start_response] to say so. The server keeps it: nothing is sent before the first [chunk].`,
  answersAgain: (status) =>
    `Something went wrong, and the application called [start_response] again, with [status|${status}]. Nothing was sent yet, so the new answer counts.`,
  chunk: (n, end) =>
    `With [next()] the server took the one [chunk], ${bytes(n)}, and sent it behind the [head].${end === 'chunked' ? sized(n) : ONE[end]}`,
  chunks: (n, end) =>
    `With [next()] the server takes [chunk] after chunk and sends each at once, ${count(n)} so far. To the client they are one [body].${SEVERAL[end]}`,
  noChunks: 'The application gave no [chunk], so only the [head] went out.',
  emptyChunk: 'The only [chunk] is empty, so just the [head] went out.',
  chunkUnsent: 'A [chunk] came, but an answer like this has no body, so only the [head] went out.',
  refusalGoesOut: 'The server wrote the whole answer itself, for the application was not asked.',
  errorGoesOut: 'The server wrote an error page in place of the answer.',
  doneOpen: (status) =>
    `The application answered [status|${status}]. The [connection] stays open, so that the next request needs no new one.`,
  doneClosed: (status) => `The application answered [status|${status}], and the [connection] is over.`,
  refused: (status) =>
    `The marked bytes break the rules of [HTTP], so the server refused them with [status|${status}].`,
  refusedFor: (status, missing) => `${MISSING[missing]}, so the server refused the request with [status|${status}].`,
  refusedEnd: (status) => `The server answered [status|${status}] itself; the application was never called.`,
  raised: (type) => `The application raised ${type} before anything was sent, so the server can still answer for it.`,
  raisedLate: (type) =>
    `The application raised ${type}, too late: status and headers were sent, and cannot be taken back.`,
  raisedEnd: 'The server answered [status|500] itself. Its log has the [traceback]; the client does not get to see it.',
  torn: 'The response broke off before what ends it was sent, so the client knows that some of it is missing.',
  died: 'The [worker] of this request died; the server replaced it.',
  notTaken: 'No [worker] could take this request; the server answers for it.',
  diedEnd: (status) => `The server answered [status|${status}] itself; its log says why.`,
  bytesOnly: 'From here the [tap] shows only bytes; they pass as before.',
  switched: 'The two speak another protocol from here; the [tap] shows its bytes.',
  listing: {
    read: (n, unread) =>
      unread === 0
        ? `The server called [recv()] once and got ${bytes(n)}.`
        : `One [recv()] returned ${bytes(n)}; ${count(unread)} more stay unread for ever.`,
    parsed: 'The server split the first line on blanks; it never reads a [header].',
    environ: (keys) => `The server built [environ] from the first line alone: ${count(keys)} keys.`,
    environWithQuery: (keys) => `The server built [environ], ${count(keys)} keys; the query string stays in PATH_INFO.`,
    reads: (n) => `The application read ${bytes(n)} from [wsgi.input], where the [head] stands too.`,
    chunk: (n) => `The server took the one [chunk], ${bytes(n)}, and sent it behind the [head].`,
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
  path: 'The path names the thing asked for, from the first slash to the question mark. What follows the question mark is the query.',
  header: 'A header is one line of the request: a name, a colon, a value. The case of the name does not matter.',
  body: 'The body is what is carried behind the blank line: in a request a form or a file, in an answer the page.',
  environ:
    'environ is the dict in which WSGI hands a request to the application: method, path, query, one key for each header, and more.',
  worker: 'A worker is a process that runs the application, one request at a time.',
  callable: 'A callable is anything that Python can call: here, the function or object that is the whole application.',
  'wsgi.input': 'wsgi.input is a file in the environ; reading it gives the body.',
  start_response:
    'start_response is a function of the server: the application calls it with the status and the headers of its answer.',
  exc_info: 'exc_info is the error being handled; with it start_response may replace what it was given.',
  'next()': 'next() asks the iterable that the application returned for its next piece.',
  chunk: 'A chunk is one piece of the body of the answer: a bytes object that the application gives.',
  head: 'The head is the first line and the headers, up to the blank line.',
  'recv()': 'recv() hands over bytes that have arrived, at most as many as it is asked for.',
  tap: 'A tap passes every byte on between client and server, unaltered, and shows it.',
  traceback: 'A traceback lists the calls that led to an error, the last one at the bottom.',
  WSGI: 'WSGI (PEP 3333) is an agreement between servers and Python applications: the server calls the application with environ and start_response. It is not uwsgi, a protocol, nor uWSGI, a server.',
  uwsgi:
    'uwsgi, in small letters, is a binary protocol: nginx uses it to pass a request on to a server. It is not WSGI, which is a Python call.',
  uWSGI:
    'uWSGI is a server program. It understands the uwsgi protocol and HTTP, and calls Python applications by WSGI.',
  TCP: 'TCP carries a stream of bytes between two programs, complete and in order. It does not know what the bytes mean.',
  HTTP: 'HTTP says how requests and answers are written as bytes: a first line, headers, a blank line, a body.',
  gate: 'The gate stands for a rule: status and headers leave only with the first piece of the body that is not empty (or at the end), so that until then they can be replaced.',
  framing:
    'Framing is what is sent around the pieces so that the client can tell where each ends, as sizes and line ends.',
  'PEP 3333':
    'PEP 3333 is the document that defines WSGI: what a server must hand over, and what an application must give back.',
  status:
    'The status is a number of three digits and a few words. The first digit tells the kind: 2 it worked, 3 look elsewhere, 4 the request was at fault, 5 the server was.',
  statuses: {
    200: '200 OK: it worked, and the body is what was asked for.',
    201: '201 Created: it worked, and something new exists now.',
    202: '202 Accepted: the request was taken; the work is not done yet.',
    204: '204 No Content: it worked, and there is no body.',
    206: '206 Partial Content: the body is the part that was asked for.',
    301: '301 Moved Permanently: the thing has another address for good, named by Location.',
    302: '302 Found: look at the address that Location names.',
    303: '303 See Other: fetch the result from the address that Location names.',
    304: '304 Not Modified: what the client has kept is still right, so no body is sent.',
    307: '307 Temporary Redirect: send the same request to the address that Location names.',
    308: '308 Permanent Redirect: from now on, send such requests to the address that Location names.',
    400: '400 Bad Request: the request breaks the rules, so it is not understood.',
    401: '401 Unauthorized: whoever asks has to log in first.',
    403: '403 Forbidden: understood, and not allowed.',
    404: '404 Not Found: there is nothing at this path.',
    405: '405 Method Not Allowed: the path exists, but not for this method.',
    408: '408 Request Timeout: the request did not come to its end in time.',
    409: '409 Conflict: it does not fit what is there by now.',
    410: '410 Gone: it was here, and is not any more.',
    411: '411 Length Required: the request has to say how long its body is.',
    413: '413 Content Too Large: the body is larger than the server takes.',
    414: '414 URI Too Long: the first line is longer than the server takes.',
    415: '415 Unsupported Media Type: the body is of a kind that is not understood.',
    417: '417 Expectation Failed: what the client expects is not offered.',
    418: '418: a joke of 1998, about a teapot that was asked for coffee.',
    422: '422 Unprocessable Content: well written, but it cannot be done.',
    426: '426 Upgrade Required: another protocol is needed for this.',
    429: '429 Too Many Requests: the client asks too often.',
    431: '431 Request Header Fields Too Large: the headers are larger than the server takes.',
    500: '500 Internal Server Error: the application failed; it is not the fault of the client.',
    501: '501 Not Implemented: the server does not know how to do that.',
    502: '502 Bad Gateway: the server behind this one gave no proper answer.',
    503: '503 Service Unavailable: too busy, or not ready; it may work later.',
    504: '504 Gateway Timeout: the server behind this one, or the application, took too long.',
    505: '505 HTTP Version Not Supported: the server does not speak this version.',
  },
}
