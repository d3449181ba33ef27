import { type RefObject, useLayoutEffect, useState } from 'react'

export interface Size {
  /** CSS pixels. */
  width: number
  /** What one rem is, in CSS pixels. */
  rem: number
}

/** The width of an element and the size of the page's text, followed as they change. */
export function useSize(element: RefObject<HTMLElement | null>): Size {
  const [size, setSize] = useState<Size>({ width: 0, rem: 16 })
  useLayoutEffect(() => {
    const { current } = element
    if (current === null) return
    const observer = new ResizeObserver(() => {
      const rem = Number.parseFloat(getComputedStyle(document.documentElement).fontSize)
      setSize({ width: current.clientWidth, rem })
    })
    observer.observe(current)
    return () => observer.disconnect()
  }, [element])
  return size
}
