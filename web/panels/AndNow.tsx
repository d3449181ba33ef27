import { useCallback, useEffect, useId, useRef, useState } from 'react'
import { gatewayAddress } from '../store/addresses.ts'
import { ATTEMPTS, type AttemptName, type NextStep, nextStep } from './attempts.ts'
import { useDeployment, usePage, useTrace, useWords } from './hooks.ts'

type Start = Extract<NextStep, { kind: 'start' }>

/** At the end of a trip: what to send next. What another application has to answer is said how to start. */
export function AndNow() {
  const page = usePage()
  const words = useWords().shell.andNow
  const app = useTrace((state) => state.app)
  const address = useTrace((state) => gatewayAddress(state.header))
  const { kind } = useDeployment()
  const [opened, setOpened] = useState<{ name: AttemptName; start: Start } | null>(null)
  const id = useId()
  const group = useRef<HTMLElement>(null)
  const close = useCallback(() => setOpened(null), [])
  useClosing(group, opened !== null, close)
  return (
    <section className="and-now" aria-label={words.label} ref={group}>
      <span className="and-now-label" aria-hidden="true">
        {words.label}
      </span>
      {ATTEMPTS.filter(({ where }) => where.includes(kind)).map((attempt) => {
        const { name } = attempt
        const step = nextStep(attempt, app, address, kind)
        const open = opened?.name === name
        return (
          <button
            key={name}
            type="button"
            className="aside-button"
            aria-expanded={step.kind === 'start' ? open : undefined}
            aria-controls={open ? id : undefined}
            onClick={() => {
              if (step.kind === 'run') page.runVisibly(step.line)
              else setOpened(open ? null : { name, start: step })
            }}
          >
            {words.attempts[name]}
          </button>
        )
      })}
      {opened !== null && <HowToStart id={id} {...opened} onClose={close} />}
    </section>
  )
}

function HowToStart(props: { id: string; name: AttemptName; start: Start; onClose: () => void }) {
  const words = useWords().shell.andNow
  const { command, line } = props.start
  return (
    <section id={props.id} className="and-now-how" aria-label={words.attempts[props.name]}>
      <p>{line === null ? words.startOwn : words.start}</p>
      <code>{command}</code>
      {line === null ? <p>{words.frameworks}</p> : <p>{words.send}</p>}
      {line !== null && <code>{line}</code>}
      <button type="button" className="aside-button" onClick={props.onClose}>
        {words.close}
      </button>
    </section>
  )
}

/** Closed with Escape, and by whoever turns to something else. */
function useClosing(within: React.RefObject<HTMLElement | null>, open: boolean, close: () => void): void {
  useEffect(() => {
    if (!open) return
    const press = (event: KeyboardEvent) => {
      if (event.key === 'Escape') close()
    }
    const point = ({ target }: PointerEvent) => {
      if (!(target instanceof Node && within.current?.contains(target))) close()
    }
    document.addEventListener('keydown', press)
    document.addEventListener('pointerdown', point)
    return () => {
      document.removeEventListener('keydown', press)
      document.removeEventListener('pointerdown', point)
    }
  }, [open, within, close])
}
