import { useMemo } from 'react'
import { usePlayhead, useSession, useShownEvents, useWords } from './hooks.ts'
import { outsideOf } from './outside.ts'

/** Who sent what is shown, where that was not the terminal below: the request as a command, and the answer as it came. */
export function Outside() {
  const words = useWords().shell.outside
  const events = useShownEvents()
  const playhead = usePlayhead((state) => state.playhead)
  const ownPorts = useSession((state) => state.ownPorts)
  const outside = useMemo(() => outsideOf(events, playhead, ownPorts), [events, playhead, ownPorts])
  if (outside === null) return null
  const { kind, agent, peer, command, answer } = outside
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard (WCAG 2.1.1)
    <section className="outside" aria-label={words.label} tabIndex={0}>
      <p className="outside-who">{words.who(kind, agent, peer)}</p>
      {command !== null && (
        <p className="outside-command">
          <span aria-hidden="true">$ </span>
          {command}
        </p>
      )}
      {answer !== '' && <pre className="outside-answer">{answer}</pre>}
    </section>
  )
}
