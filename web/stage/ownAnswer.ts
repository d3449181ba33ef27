import type { StageState } from '../../shared/trace/fold.ts'

/** Whether what is sent, or will be, is an answer of the server's own, so that nothing that the application gave goes out. */
export const isOwnAnswer = ({ refused, raised, gateOpen, flight }: StageState): boolean =>
  refused !== null || flight?.event.kind === 'gateway.refused' || (raised !== null && !gateOpen)
