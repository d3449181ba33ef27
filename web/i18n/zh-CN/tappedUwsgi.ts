import type { DeploymentWords } from '../../stage/deployments/deploymentWords.ts'
import { tapped } from './tapped.ts'
import { uwsgi } from './uwsgi.ts'

const count = (n: number): string => n.toLocaleString('zh-CN')

/** A tap between two that speak uwsgi: as any tap, but for the packet. */
export const tappedUwsgi: DeploymentWords = {
  captions: {
    ...tapped.captions,
    parsed: '[tap] 按照 [uwsgi] 的规则同步解析：先是四个字节，再是变量，每个名字和值前面都有自己的长度。',
    parsedWithBody: (n) =>
      `[tap] 按照 [uwsgi] 的规则同步解析：四个字节、变量，后面是 ${count(n)} 字节的[body|请求体]。`,
  },
  stage: {
    ...tapped.stage,
    titles: { ...tapped.stage?.titles, ...uwsgi.stage?.titles },
    requestLine: { ...uwsgi.stage?.requestLine },
    welcome: {
      ...tapped.stage?.welcome,
      how: '在前面的服务器（例如 nginx）里写上它：',
      command: (gateway) => `uwsgi_pass ${gateway};`,
    },
  },
  beats: { ...tapped.beats, ...uwsgi.beats },
}
