import type { DeploymentWords } from '../../stage/deployments/deploymentWords.ts'

const count = (n: number): string => n.toLocaleString('zh-CN')

const OUTSIDE = '在服务器内部：tap 只看得到字节。'

export const tapped: DeploymentWords = {
  captions: {
    arrives: '客户端连到 [tap]，[tap] 再与服务器建立[connection|连接]。',
    read: (n) => `客户端发出 ${count(n)} 个字节，[tap] 原样转交。`,
    readInPieces: (pieces) => `字节分成 ${count(pieces)} [segments|段]到来，[tap] 逐段转交。`,
    parsed: '[tap] 跟着读：[method|方法]、[path|路径]和版本，再是每个[header|请求头]。',
    parsedWithBody: (n) => `[tap] 跟着读：拆开头部，后面是 ${count(n)} 字节[body|请求体]。`,
    answers: () => '推断所得，并未实际看到：与这个响应相符的一次 [start_response] 调用。',
    noChunks: '服务器发出回答，[tap] 原样转交。',
    doneOpen: (status) => `服务器回答了 ${status}，[connection|连接]保持打开。`,
    doneClosed: (status) => `服务器回答了 ${status}，[connection|连接]结束。`,
    torn: '回答还没有完整，[connection|连接]就结束了。',
  },
  stage: {
    titles: { frame: '服务器（从外面看）' },
    edges: { wsgi: 'WSGI：从外面看不到 →', wsgiShort: 'WSGI：看不到 →' },
    welcome: {
      box: 'tap',
      lead: '这个 tap 把两个方向的每个字节原样转交。它们彼此说了什么？',
      how: '在你自己的终端里，通过它发一个请求：',
    },
    socket: {
      tray: (length) => `请求体，${count(length)} 字节`,
      summary: (pieces, n) => `${count(pieces)} 段，${count(n)} B`,
    },
    environ: { idle: OUTSIDE },
    application: { waiting: '从外面看不到', noSource: OUTSIDE },
    startResponse: {
      idle: '等有了回答，再从中推断。',
      kept: '由回答的字节推断而来；有些响应头可能是服务器自己加的。',
      gone: '由回答的字节推断而来；有些响应头可能是服务器自己加的。',
      summary: '推断',
      summaryGone: '推断',
    },
    response: { idle: '服务器还什么都没有说。', shut: '服务器还什么都没有说。' },
  },
  beats: {
    arrives: '连接',
    read: '字节进',
    parsed: '跟读',
    answers: '推断',
    chunks: '字节出',
    refused: '只有字节',
  },
}
