import { type ComponentType, lazy, Suspense } from 'react'

const Nothing: ComponentType = () => null

/** A part of the page that comes when it is first drawn; where it cannot be had, nothing stands there, and the page goes on. */
export function later(load: () => Promise<ComponentType>): ComponentType {
  const Part = lazy(async () => ({ default: await load().catch(() => Nothing) }))
  return () => (
    <Suspense fallback={null}>
      <Part />
    </Suspense>
  )
}
