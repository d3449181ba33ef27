import * as z from 'zod'

/** One run of load: both generators send one request at a time on each connection, and wait for its answer. */
export const LoadResult = z.object({
  requests: z.int(),
  perSecond: z.number(),
  /** From the request's first byte to the answer's last one. */
  p50Ms: z.number(),
  p99Ms: z.number(),
  /** Answers with other statuses than 2xx and 3xx. */
  refused: z.int(),
  /** Connections that could not be made, writes that failed, answers that did not come in time. */
  failed: z.int(),
  /** Connections that ended where an answer was awaited. */
  cut: z.int(),
})
export type LoadResult = z.infer<typeof LoadResult>
