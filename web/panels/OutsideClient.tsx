import { useEffect, useMemo, useRef } from 'react'
import type { Dictionary } from '../i18n/dictionary.ts'
import { usePlayhead, useSession, useShownEvents, useWords } from './hooks.ts'
import { type OutsideClient as Outside, outsideClient, type Shown } from './outsideClient.ts'

type Words = Dictionary['shell']['outside']

/** Who sent the request that is shown, where that was not the terminal below: nothing otherwise. */
export function OutsideClient() {
  const words = useWords().shell.outside
  const events = useShownEvents()
  const at = usePlayhead((state) => Math.floor(state.playhead))
  const ownPorts = useSession((state) => state.ownPorts)
  const outside = useMemo(() => outsideClient(events, at, ownPorts), [events, at, ownPorts])
  const exchange = usePlayhead((state) => state.exchange)
  const box = useRef<HTMLDivElement>(null)
  /** The exchange whose answer has come. */
  const answered = outside === null || outside.got === null ? null : exchange
  useEffect(() => {
    const { current } = box
    if (current === null) return
    // Where a long request leaves no room for the answer, what has just come is in sight; in another width it is elsewhere.
    const observer = new ResizeObserver(() => {
      const answer = answered === null ? null : current.querySelector<HTMLElement>('[data-as="answer"]')
      current.scrollTop = answer === null ? 0 : answer.offsetTop
    })
    observer.observe(current)
    return () => observer.disconnect()
  }, [answered])
  if (outside === null) return null
  const { who, sent, got } = outside
  return (
    <section className="outside" aria-label={words.label}>
      <p className="outside-who">{whoText(who, words)}</p>
      {(sent !== null || got !== null) && (
        // biome-ignore lint/a11y/useSemanticElements: a fieldset is for what can be filled in
        <div
          className="outside-parts"
          ref={box}
          role="group"
          aria-label={words.messages}
          // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
          tabIndex={0}
        >
          {sent !== null && <Part shown={sent} words={words} />}
          {got !== null && <Part shown={got} words={words} />}
        </div>
      )}
    </section>
  )
}

function whoText({ kind, agent, address }: Outside['who'], words: Words): string {
  const from = address ?? words.somewhere
  if (kind === 'browser') return words.browser(from, agent)
  return kind === 'silent' ? words.silent(from) : words[kind](agent, from)
}

function Part({ shown: { as, text, body, binary }, words }: { shown: Shown; words: Words }) {
  const isCut = body !== null && body.shown < body.length
  return (
    <div className="outside-part" data-as={as}>
      <h3>{words.titles[as]}</h3>
      <pre>{text}</pre>
      {binary && body !== null && <p>{words.binary(body.length)}</p>}
      {!binary && isCut && <p>{words.beginning(body.shown, body.length)}</p>}
    </div>
  )
}
