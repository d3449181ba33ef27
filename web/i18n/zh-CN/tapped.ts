import type { DeploymentWords } from '../../stage/deployments/deploymentWords.ts'

const count = (n: number): string => n.toLocaleString('zh-CN')

const OUTSIDE = '在服务器内部，tap 只能看到字节。'

export const tapped: DeploymentWords = {
  captions: {
    arrives: '客户端连接到 [tap]，[tap] 再与服务器建立[connection|连接]。',
    read: (n) => `客户端发送 ${count(n)} 个字节，[tap] 原样转发。`,
    readInPieces: (pieces) => `字节分 ${count(pieces)} [segments|段]到达，[tap] 逐段转发。`,
    parsed: '[tap] 同步解析：[method|方法]、[path|路径]和版本，然后是各个[header|请求头]。',
    parsedWithBody: (n) => `[tap] 同步解析：先是[head|头部]，后面是 ${count(n)} 字节的[body|请求体]。`,
    answers: () => '推断所得，并未实际看到：与这个响应相符的一次 [start_response] 调用。',
    noChunks: '服务器发送响应，[tap] 原样转发。',
    doneOpen: (status) => `服务器返回 [status|${status}]，[connection|连接]保持打开。`,
    doneClosed: (status) => `服务器返回 [status|${status}]，[connection|连接]已关闭。`,
    torn: '响应还不完整，[connection|连接]就关闭了。',
  },
  stage: {
    titles: { frame: '服务器（从外面看）' },
    edges: { wsgi: 'WSGI：从外面看不到 →', wsgiShort: 'WSGI：看不到 →' },
    welcome: {
      box: 'tap',
      lead: '这个 tap 原样转发两个方向的每个字节。双方都说了什么？',
      how: '在你自己的终端里，通过它发一个请求：',
    },
    socket: {
      tray: (length) => `请求体，${count(length)} 字节`,
      summary: (pieces, n) => `${count(pieces)} 段，${count(n)} B`,
    },
    environ: { idle: OUTSIDE },
    application: { waiting: '从外面看不到', noSource: OUTSIDE },
    startResponse: {
      idle: '等收到响应后，再从中推断。',
      kept: '根据响应的字节推断；有些响应头可能是服务器自己添加的。',
      gone: '根据响应的字节推断；有些响应头可能是服务器自己添加的。',
      summary: '推断',
      summaryGone: '推断',
    },
    response: { idle: '服务器还没有发送任何内容。', shut: '服务器还没有发送任何内容。' },
  },
  beats: {
    arrives: '连接',
    read: '收到字节',
    parsed: '解析',
    answers: '推断',
    chunks: '返回字节',
    refused: '只有字节',
  },
}
