import type { DeploymentWords } from '../../stage/deployments/deploymentWords.ts'

const count = (n: number): string => n.toLocaleString('en')
const bytes = (n: number): string => `${count(n)} ${n === 1 ? 'byte' : 'bytes'}`

const OUTSIDE = 'Inside the server: the tap sees only bytes.'

export const tapped: DeploymentWords = {
  captions: {
    arrives: 'A client opened a [connection] to the [tap], which opened one to the server.',
    read: (n) => `The client said ${bytes(n)}; the [tap] passed them on as they were.`,
    readInPieces: (pieces) => `The bytes came in ${count(pieces)} [segments]; the [tap] passed each on.`,
    parsed: 'The [tap] reads along: [method], [path] and version, then each [header].',
    parsedWithBody: (n) => `The [tap] reads along: the head in its parts, then ${bytes(n)} of [body].`,
    answers: () => 'Inferred, not seen: a call of [start_response] that fits the answer.',
    noChunks: 'The server sent its answer; the [tap] passed it on as it was.',
    doneOpen: (status) => `The server answered [status|${status}]; the [connection] stays open.`,
    doneClosed: (status) => `The server answered [status|${status}]; the [connection] is over.`,
    torn: 'The [connection] ended before an answer was complete.',
  },
  stage: {
    titles: { frame: 'Server, seen from outside' },
    edges: { wsgi: 'WSGI: not visible from outside →', wsgiShort: 'WSGI: not visible →' },
    welcome: {
      box: 'tap',
      lead: 'This tap passes every byte on, in both directions. What do they say to each other?',
      how: 'Send a request through it from a terminal of your own:',
    },
    socket: {
      tray: (length) => `body, ${bytes(length)}`,
      summary: (pieces, n) => `${count(n)} B in ${count(pieces)} ${pieces === 1 ? 'piece' : 'pieces'}`,
    },
    environ: { idle: OUTSIDE },
    application: { waiting: 'not visible from outside', noSource: OUTSIDE },
    startResponse: {
      idle: 'Worked out from the answer, once there is one.',
      kept: 'Worked out from the bytes of the answer; some headers may be the server’s own.',
      gone: 'Worked out from the bytes of the answer; some headers may be the server’s own.',
      summary: 'inferred',
      summaryGone: 'inferred',
    },
    response: { idle: 'The server has said nothing yet.', shut: 'The server has said nothing yet.' },
  },
  beats: {
    arrives: 'connect',
    read: 'bytes in',
    parsed: 'read along',
    answers: 'inferred',
    chunks: 'bytes out',
    refused: 'bytes only',
  },
}
