/** Frames of a stack, as the cards name them. */
import type { OwnFrame } from '../../../shared/trace/events.ts'
import type { StageWords } from '../words.ts'

export const fileName = (path: string): string =>
  path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1)

/** `Stamp.__call__.<locals>.stamping` is `stamping` to whoever wrote it. */
const shortName = (name: string): string => name.split('<locals>.').at(-1) ?? name

/** `shop.py:12 login` */
export const frameName = (frame: OwnFrame): string =>
  `${fileName(frame.file)}:${frame.line} ${shortName(frame.function)}`

/** `… 3 frames of werkzeug, flask` */
export const foldedFrames = (
  frame: { folded: number; of?: string[] | undefined },
  words: StageWords['startResponse'],
) => words.folded(frame.folded, frame.of?.join(', ') ?? '')
