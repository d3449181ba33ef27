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
  const box = useRef<HTMLElement>(null)
  /** The exchange whose answer has come. */
  const answered = outside === null || outside.got === null ? null : (events[0]?.exchange ?? 0)
  useEffect(() => {
    const { current } = box
    if (current === null) return
    const answer = answered === null ? null : current.querySelector<HTMLElement>('[data-as="answer"]')
    const who = current.querySelector<HTMLElement>('.outside-who')
    // Where a long request leaves no room for the answer, what has just come is in sight.
    current.scrollTop = answer === null ? 0 : answer.offsetTop - (who?.offsetHeight ?? 0)
  }, [answered])
  if (outside === null) return null
  return (
    <section
      className="outside"
      ref={box}
      aria-label={words.label}
      // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
      tabIndex={0}
    >
      <p className="outside-who">{whoText(outside.who, words)}</p>
      {outside.sent !== null && <Part shown={outside.sent} words={words} />}
      {outside.got !== null && <Part shown={outside.got} words={words} />}
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
