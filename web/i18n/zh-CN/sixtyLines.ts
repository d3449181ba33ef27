import type { DeploymentWords } from '../../stage/deployments/deploymentWords.ts'

const SHUT = '已发送 0 字节。先收集全部数据块。'

export const sixtyLines: DeploymentWords = {
  stage: {
    startResponse: { kept: '已保存，尚未发送。再次调用会替换。' },
    response: { idle: SHUT, shut: SHUT },
  },
}
