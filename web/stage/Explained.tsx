import { GlossTerm } from './GlossTerm.tsx'
import type { Glossary, Term } from './glossary.ts'
import type { Label } from './labels.ts'
import type { Scene } from './scene.ts'
import type { StageWords } from './words.ts'

interface ExplainedProps {
  scene: Scene
  words: StageWords
  glossary: Glossary
  firstTrip: boolean
}

/** What crosses each of the two edges of the server, and the name of the gate: words that explain themselves. */
export function Explained({ scene: { labels, metrics, cards }, words, glossary, firstTrip }: ExplainedProps) {
  const termOf = (id: Label['id']): Term | null =>
    id === 'tcp' ? 'TCP' : id === 'wsgi' ? 'WSGI' : id === 'gate' ? 'gate' : null
  return labels.map(({ id, text, x, y, width }) => {
    const term = termOf(id)
    if (term === null || (term === 'gate' && firstTrip && cards.response.state === 'unreached')) return null
    const said = term === 'gate' ? words.wires.gate : term
    const at = text.indexOf(said)
    return (
      <span key={id} className="edge" style={{ left: x - width / 2, top: y - metrics.font }}>
        {text.slice(0, Math.max(0, at))}
        {at >= 0 && <GlossTerm term={term} said={said} glossary={glossary} />}
        {text.slice(at < 0 ? 0 : at + said.length)}
      </span>
    )
  })
}
