import { type ComponentType, lazy } from 'react'

const Nothing: ComponentType = () => null

/** A part of the page that comes when it is first drawn; where it cannot be had, nothing stands there, and the page goes on. */
export const later = (load: () => Promise<ComponentType>) =>
  lazy(async () => ({ default: await load().catch(() => Nothing) }))
