import type { DeploymentWords } from '../../stage/deployments/deploymentWords.ts'
import { stage } from './stage.ts'

const count = (n: number): string => n.toLocaleString('zh-CN')

export const uwsgi: DeploymentWords = {
  captions: {
    parsed: '服务器按照 [uwsgi] 的规则先读四个字节，再读变量：每个名字和值前面都有自己的长度。',
    parsedWithBody: (n) =>
      `服务器按照 [uwsgi] 的规则先读四个字节，再读变量。后面 ${count(n)} 字节的[body|请求体]先放着，等应用来读。`,
    environ: (keys) =>
      `变量原样进入 [environ]：一个有 ${count(keys)} 个键的 Python dict，因为发送方已经从 HTTP 转换好了。其余的由服务器补上。`,
    refused: (status) => `标出的字节不符合 [uwsgi] 的规则，服务器以 [status|${status}] 拒绝。`,
    doneClosed: (status) =>
      `应用以 HTTP 返回 [status|${status}]。一条 [uwsgi] [connection|连接]只承载一个请求，现在已关闭。`,
  },
  stage: {
    titles: { requestLine: 'uwsgi 包' },
    environ: { groups: { ...stage.environ.groups, request: '来自 uwsgi 包' } },
    requestLine: { idle: '一个请求的全部变量，装在一个二进制包里。' },
  },
  beats: { parsed: '拆包' },
}
