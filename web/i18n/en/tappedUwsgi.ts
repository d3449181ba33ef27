import type { DeploymentWords } from '../../stage/deployments/deploymentWords.ts'
import { tapped } from './tapped.ts'
import { uwsgi } from './uwsgi.ts'

const count = (n: number): string => n.toLocaleString('en')

/** A tap between two that speak uwsgi: as any tap, but for the packet. */
export const tappedUwsgi: DeploymentWords = {
  captions: {
    ...tapped.captions,
    parsed:
      'The [tap] reads along by the rules of [uwsgi]: four bytes, then the variables, each a name and a value behind their lengths.',
    parsedWithBody: (n) =>
      `The [tap] reads along by the rules of [uwsgi]: four bytes, the variables, then ${count(n)} bytes of [body].`,
  },
  stage: {
    ...tapped.stage,
    titles: { ...tapped.stage?.titles, ...uwsgi.stage?.titles },
    requestLine: { ...uwsgi.stage?.requestLine },
    welcome: {
      ...tapped.stage?.welcome,
      how: 'Name it in the server in front, such as nginx:',
      command: (gateway) => `uwsgi_pass ${gateway};`,
    },
  },
  beats: { ...tapped.beats, ...uwsgi.beats },
}
