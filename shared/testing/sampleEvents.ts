/** One event of every kind, and traces that are put together from such. */
import type { TraceBody, TraceEvent, TraceKind } from '../trace/events.ts'

type Samples = { readonly [K in TraceKind]: Extract<TraceBody, { kind: K }> }

const address = { host: '192.0.2.1', port: 8888 }
const bytes = new Uint8Array([104, 105])
const span = (start: number, end: number) => ({ start, end })
const raised = { type: 'ValueError', message: 'no', traceback: 'ValueError: no' }
const served = { callable: 'app', file: '/app.py', line: 2 }

export const SAMPLES: Samples = {
  'connection.opened': { kind: 'connection.opened', peer: address, local: address, protocol: 'http', via: 'direct' },
  'socket.received': { kind: 'socket.received', start: 0, length: 2, bytes },
  'request.line': {
    ...{ kind: 'request.line', method: 'GET', target: '/', version: 'HTTP/1.1' },
    spans: {
      ...{ method: span(0, 3), target: span(4, 5), version: span(6, 14) },
      ...{ authority: null, path: span(4, 5), query: null },
    },
  },
  'request.header': {
    ...{ kind: 'request.header', name: 'Host', value: 'x', dropped: null },
    spans: { name: span(16, 20), value: span(22, 23) },
  },
  'request.body': { kind: 'request.body', framing: 'length', length: 2, spans: [span(27, 29)] },
  'uwsgi.packet': { kind: 'uwsgi.packet', modifier1: 0, datasize: 0, modifier2: 0, vars: [] },
  'environ.built': { kind: 'environ.built', entries: [] },
  'app.queued': { kind: 'app.queued', ahead: 1 },
  'app.called': { kind: 'app.called', worker: 1, ...served },
  'environ.changed': { kind: 'environ.changed', key: 'k', before: null, after: '1', noticedAt: 'returned' },
  'app.line': { kind: 'app.line', file: '/app.py', line: 3, locals: { a: '1' } },
  'input.read': { kind: 'input.read', method: 'read', asked: null, returned: 2, offset: 0 },
  'app.startResponse': { kind: 'app.startResponse', status: '200 OK', headers: [], excInfo: null, stack: [] },
  'app.wrote': { kind: 'app.wrote', length: 2, bytes },
  'app.yielded': { kind: 'app.yielded', length: 2, bytes },
  'app.returned': { kind: 'app.returned', length: 1 },
  'app.raised': { kind: 'app.raised', ...raised },
  'app.caught': { kind: 'app.caught', ...raised, stack: [] },
  'app.closed': { kind: 'app.closed' },
  'app.died': { kind: 'app.died', reason: 'gone' },
  'response.serialized': { kind: 'response.serialized', segments: [{ start: 0, end: 2, from: 'chunk:0' }] },
  'socket.sent': { kind: 'socket.sent', start: 0, length: 2, bytes },
  'response.waiting': { kind: 'response.waiting', memory: 2, disk: 0, held: false },
  'referee.finding': {
    ...{ kind: 'referee.finding', rule: 'write-used', level: 'note', message: '', section: '' },
    ...{ about: null, span: null },
  },
  'hold.entered': { kind: 'hold.entered', stage: 'environ' },
  'hold.released': { kind: 'hold.released', stage: 'environ', edited: [] },
  'gateway.refused': { kind: 'gateway.refused', status: 400, code: 'bad', message: '', span: null },
  'response.answered': { kind: 'response.answered', by: 'application', status: 200, complete: true },
  'connection.closed': { kind: 'connection.closed', by: 'client', why: 'EOF' },
  'tap.bytesOnly': { kind: 'tap.bytesOnly', from: 'client', code: 'bad', message: '', span: null },
  'app.source': { kind: 'app.source', file: '/app.py', language: 'python', text: '' },
  'app.reloaded': { kind: 'app.reloaded', changed: [], version: 2, runtime: 'Python', failure: null, ...served },
  'server.started': { kind: 'server.started', file: '/server.py', again: false },
  'server.accepted': { kind: 'server.accepted' },
  'server.received': { kind: 'server.received', start: 0, length: 2 },
  'server.died': { kind: 'server.died', reason: 'gone', traceback: null },
  'server.absent': { kind: 'server.absent', reason: 'gone', traceback: null },
  'trace.omitted': { kind: 'trace.omitted', events: 3 },
  'log.line': { kind: 'log.line', source: 'stdout', text: 'said' },
}

export const KINDS: readonly TraceKind[] = Object.values(SAMPLES).map(({ kind }) => kind)

/** These, as the events of exchange 1, a millisecond apart; a kind alone stands for its sample. */
export const eventsFrom = (...bodies: readonly (TraceBody | TraceKind)[]): TraceEvent[] =>
  bodies.map((body, seq) => ({
    ...(typeof body === 'string' ? SAMPLES[body] : body),
    ...{ seq, at: seq * 1000, conn: 1, exchange: 1 },
  }))
