import type { DeploymentWords } from '../../stage/deployments/deploymentWords.ts'
import { stage } from './stage.ts'

const count = (n: number): string => n.toLocaleString('en')

export const uwsgi: DeploymentWords = {
  captions: {
    parsed:
      'By the rules of [uwsgi] the server read four bytes, then the variables: each a name and a value behind their lengths.',
    parsedWithBody: (n) =>
      `By the rules of [uwsgi] the server read four bytes, then the variables. The ${count(n)} bytes of [body] behind them wait until somebody asks for them.`,
    environ: (keys) =>
      `The variables became [environ], a Python dict of ${count(keys)} keys, as they were: whoever sent the packet had made them of HTTP. The server added the rest.`,
    refused: (status) =>
      `The marked bytes break the rules of [uwsgi], so the server refused them with [status|${status}].`,
    doneClosed: (status) =>
      `The application answered [status|${status}], in HTTP. A [connection] for [uwsgi] carries one request, and is over.`,
  },
  stage: {
    titles: { requestLine: 'uwsgi packet' },
    environ: { groups: { ...stage.environ.groups, request: 'FROM THE PACKET' } },
    requestLine: { idle: 'The variables of a request, in a binary packet.' },
  },
  beats: { parsed: 'unpack' },
}
