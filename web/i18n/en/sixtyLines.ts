import type { DeploymentWords } from '../../stage/deployments/deploymentWords.ts'

const SHUT = '0 bytes sent. All chunks are collected first.'

export const sixtyLines: DeploymentWords = {
  stage: {
    startResponse: { kept: 'Kept here, not sent. Called again, it is replaced.' },
    response: { idle: SHUT, shut: SHUT },
  },
}
