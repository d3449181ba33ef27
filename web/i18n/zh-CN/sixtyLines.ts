import type { DeploymentWords } from '../../stage/deployments/deploymentWords.ts'

const SHUT = '已发送 0 字节。先收集所有数据块。'

export const sixtyLines: DeploymentWords = {
  stage: {
    startResponse: { kept: '留在这里，没有发出。再次调用会替换它。' },
    response: { idle: SHUT, shut: SHUT },
  },
}
