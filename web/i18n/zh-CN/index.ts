/** All that is said in this language: a chunk of its own for each but the first. */
import { captions, glossary } from './captions.ts'
import { shell } from './shell.ts'
import { sixtyLines } from './sixtyLines.ts'
import { stage } from './stage.ts'
import { tapped } from './tapped.ts'
import { tappedUwsgi } from './tappedUwsgi.ts'
import { uwsgi } from './uwsgi.ts'

export const chinese = {
  shell,
  captions,
  glossary,
  stage,
  deployments: { direct: {}, uwsgi, tap: tapped, 'uwsgi-tap': tappedUwsgi, 'sixty-lines': sixtyLines },
}
