import type { StageWords } from './words.ts'

interface WelcomeProps {
  words: StageWords['welcome']
  gateway: string | null
  onExample: (() => void) | null
}

/** Before the first request: one closed box, and how to open it. */
export function Welcome({ words, gateway, onExample }: WelcomeProps) {
  return (
    <div className="welcome">
      <p className="welcome-box">{words.box}</p>
      <p className="welcome-lead">{words.lead}</p>
      {gateway !== null && (
        <>
          <p className="welcome-how">{words.how}</p>
          <code className="welcome-command">{words.command(gateway)}</code>
        </>
      )}
      {onExample !== null && (
        <>
          <p className="welcome-or">{words.or}</p>
          <button type="button" className="button button-accent" onClick={onExample}>
            {words.button}
          </button>
        </>
      )}
    </div>
  )
}
