/** Requests that were read, and whose answer the application does not give. */
import type { Refusal } from './refusal.ts'

export const APPLICATION_REFUSALS = {
  'application-raised': {
    status: 500,
    message: 'The application raised an exception before its response had begun.',
    advice: 'Its traceback is in the log of the server.',
  },
  'application-silent': {
    status: 500,
    message: 'The application returned without having called start_response.',
    advice: 'Call start_response(status, headers) before the first byte of the body.',
  },
  'worker-died': {
    status: 500,
    message: 'The process that ran the application ended before its response had begun.',
    advice: 'The log of the server says how. A new process has taken its place.',
  },
  'worker-hung': {
    status: 504,
    message: 'The application took too long to begin its response, and was stopped.',
    advice: 'Find what it waits for, or start the server with a longer --app-timeout.',
  },
  'worker-none': {
    status: 503,
    message: 'Every worker is busy and the queue is full: the application was not called.',
    advice: 'Try again soon, or start the server with more --workers.',
  },
  'worker-unstartable': {
    status: 503,
    message: 'No worker can be started: the application was not called.',
    advice: 'The log of the server says why. It is tried again every now and then.',
  },
  stopping: {
    status: 503,
    message: 'The server is stopping: the application was not called.',
    advice: 'Try again when it has been started again.',
  },
  'body-unkept': {
    status: 500,
    message: 'The body of the request could not be kept for the application, which was not called.',
    advice: 'The log of the server says why; TMPDIR may name a folder with more room.',
  },
} as const satisfies Record<string, Refusal>
