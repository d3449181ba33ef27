/**
 * How a server stands between a client and the application, as far as the picture differs: which cards there are, what a
 * beat is about, which wires are drawn, what is said otherwise. A kind is one module; registry.ts lists them.
 */
import type { Beat, BeatKind } from '../../../shared/trace/beats.ts'
import type { DeploymentKind } from '../../../shared/trace/deployment.ts'
import type { StageState } from '../../../shared/trace/fold.ts'
import type { Focus } from '../cardId.ts'
import type { CardDefinition } from '../cards/card.ts'
import type { WireId } from '../wireId.ts'
import type { CaptionWords } from '../words.ts'

export interface Deployment {
  readonly kind: DeploymentKind
  /** In the order in which a request comes by; what stands beside its way is last. */
  readonly cards: readonly CardDefinition[]
  /** What card 2 holds, and so how much room it takes: the few parts of a line, or all variables of a packet. */
  readonly second: 'line' | 'packet'
  readonly focus: Readonly<Record<BeatKind, Focus>>
  readonly wires: {
    /** What there is no way for. */
    readonly absent: ReadonlySet<WireId>
    /** Whether the gate before the response is drawn. */
    readonly gate: boolean
    /** Whether a wire is drawn only once something has come over it. */
    readonly onlyUsed: boolean
  }
  /** What is said of a beat in place of what every server does; null where it does that. `end`: the state at the beat's end. */
  readonly caption: (beat: Beat, end: StageState, words: CaptionWords) => string | null
}
