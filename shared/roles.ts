/** What somebody in front of a page may do with the server behind it. */
import * as z from 'zod'

/** `operator`: sends requests and starts a dead server. `spectator`: looks on; the server can be reached from elsewhere. */
export const Role = z.enum(['operator', 'spectator'])
export type Role = z.infer<typeof Role>

/** `send`: requests, from the page's terminal. `restart`: a server that has died. */
export type Permission = 'send' | 'restart'

const GIVEN: Readonly<Record<Role, ReadonlySet<Permission>>> = {
  operator: new Set(['send', 'restart']),
  spectator: new Set(),
}

export const may = (role: Role, what: Permission): boolean => GIVEN[role].has(what)
