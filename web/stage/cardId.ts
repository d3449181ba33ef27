/** Which cards there are. */
import type { Stage } from '../../shared/trace/events.ts'

/** The five stages of a request, and who stands at its two ends: the cards of every deployment. */
export type CommonCardId = 'client' | Stage | 'application'

/** Besides, what only some deployments show: the source of a server that is watched line by line. */
export type CardId = CommonCardId | 'listing'

/** A value for each card there is. */
export type PerCard<T> = Readonly<Record<CommonCardId, T> & Partial<Record<CardId, T>>>

/** The two cards that matter in a beat. */
export type Focus = readonly [CardId, CardId]

/** Who an entry of the environ was made from. */
export type EnvironGroup = 'request' | 'socket' | 'server'
