import type { StageWords } from '../../stage/words.ts'
import { findings } from './findings.ts'

const count = (n: number): string => n.toLocaleString('zh-CN')

export const stage: StageWords = {
  titles: {
    client: '客户端',
    socket: '收到的字节',
    requestLine: '请求行',
    environ: 'environ',
    application: '应用',
    startResponse: 'start_response',
    response: '响应的字节',
    frame: '服务器',
    listing: 'sixty_lines.py',
  },
  shortTitles: { socket: '字节', requestLine: '请求行', response: '响应' },
  edges: {
    tcp: '← TCP：这一侧只传字节',
    wsgi: 'WSGI：这一侧只有一次 Python 调用 →',
    tcpShort: '← TCP：字节',
    wsgiShort: 'WSGI：调用 →',
  },
  tools: {
    enlarge: (card) => `放大：${card}`,
    reduce: '回到画面',
    fold: (card) => `收起：${card}`,
  },
  wires: {
    headers: '请求头',
    chunks: '数据块：next() 每次取一块',
    chunksShort: '数据块',
    gate: '闸门',
    input: 'wsgi.input',
    cutShort: '拒绝',
  },
  welcome: {
    box: '服务器',
    lead: '这个 Web 服务器正在运行。它的内部发生了什么？',
    how: '在你自己的终端里向它发送一个请求：',
    command: (gateway) => `curl "http://${gateway}/?name=Ada"`,
    or: '或者',
    button: '帮我发一个请求',
  },
  socket: {
    connected: '连接已建立，还没有收到字节。',
    notHere: (n) => `${count(n)} 字节，未保留。`,
    more: (n) => `……还有 ${count(n)} 字节`,
    tray: (length, read) =>
      read === null
        ? `请求体，${count(length)} 字节`
        : read === 0
          ? `请求体，${count(length)} 字节，未读`
          : read >= length
            ? `请求体，${count(length)} 字节，已读完`
            : `请求体，已读 ${count(read)} / ${count(length)} 字节`,
    waitingForHead: '等待空行',
    waitingForBody: '等待请求体的剩余部分',
    behind: (n) => `+ 下一个请求的 ${count(n)} 字节`,
    summary: (reads, n) => `recv ${count(reads)} 次，${count(n)} B`,
  },
  requestLine: {
    empty: '（空）',
    method: '方法',
    target: '目标',
    path: '路径',
    query: '查询串',
    version: '版本',
    idle: '请求的第一行，拆成几个部分。',
  },
  packet: {
    summary: (n, size) => `${count(n)} 个变量，4 + ${count(size)} B`,
    summaryShort: (size) => `4 + ${count(size)} B`,
    ignored: (n) => `忽略 ${count(n)} 个`,
    meant: '同样四个字节，按 HTTP 读',
    dropped: {
      code: '↑ 要求加载代码：忽略',
      'server-key': '↑ 是服务器自己的键：忽略',
      'bare-twin': '↑ 不带 HTTP_ 的那个才算数',
      'coding-undone': '↑ 编码已还原',
      repeated: '↑ 以后面的为准',
    },
  },
  environ: {
    groups: { request: '来自请求', socket: '来自套接字', server: '来自服务器' },
    changed: '应用改动过的',
    absent: '（无）',
    removed: '（已删除）',
    missing: 'PEP 3333 要求但缺少的',
    summaryMissing: (keys, missing) => `${keys} 个键，缺 ${missing} 个`,
    summary: (keys) => `${keys} 个键`,
    summaryChanged: (keys, changed) => `${keys} 个键，改动 ${changed} 个`,
    idle: '一个 Python dict，每个请求都会新建。',
  },
  application: {
    waiting: '尚未调用',
    queued: (ahead) => (ahead === 0 ? '等待空闲的 worker' : `等待 worker，前面还有 ${count(ahead)} 个`),
    earlier: (file) => `${file} 改动之前的版本`.trimStart(),
    called: (worker) => `正在 worker ${worker} 中运行`,
    framework: (frames) => `调用来自${frames}`,
    never: '没有被调用',
    raised: (type) => `抛出 ${type}`,
    died: '所在的 worker 已退出',
    caught: '异常在到达服务器之前被捕获，500 响应由它产生。',
    done: '已完成',
    unwatched: '已完成；当时没有被观察，缺少读取、改动、调用者和部分检查结果',
    omitted: (events) =>
      events === null ? '内容超出保留范围：其余的已省略' : `内容超出保留范围：省略了 ${count(events)} 个事件`,
    calls: '正在运行',
    noSource: '找不到可读的源代码文件。',
  },
  startResponse: {
    inferred: '推断所得，并未实际看到',
    idle: '状态和响应头保存在这里，尚未发送。',
    notCalled: '应用没有调用它。',
    kept: '已保存，尚未发送。再次调用时仍可替换。',
    gone: '已发送，不能再更改。',
    again: '再次调用：这是新的参数。',
    excInfo: (type) => `因 ${type} 再次调用：以这次的参数为准。`,
    calledBy: (caller) => `调用者：${caller}`,
    folded: (n, packages) => `… ${packages}${packages === '' ? '' : ' 的 '}${count(n)} 个栈帧`,
    byFramework: '这次调用由框架发起，此刻运行的不是你的代码。',
    summary: '参数已保存',
    summaryGone: '参数已发送',
  },
  response: {
    hasCome: '响应已经到达，字节在下一步显示。',
    idle: '已发送 0 字节。等第一个非空数据块到来，闸门才打开。',
    shut: '已发送 0 字节。等第一个非空数据块到来，闸门才打开。',
    own: '已发送 0 字节。这个响应由服务器自己生成。',
    notHere: (n) => `${count(n)} 字节，未保留。`,
    more: (n) => `……还有 ${count(n)} 字节`,
    torn: '✂ 中断：没有按约定发完。',
    waiting: (memory, disk, held) =>
      `客户端读取太慢：${count(memory)} 字节暂存在内存，${count(disk)} 字节暂存在磁盘${held ? '，应用也在等待' : ''}。`,
    givenUp: (n) => `客户端读取太慢，服务器放弃了 ${count(n)} 字节。`,
    leftBehind: (n) => `客户端已断开，还有 ${count(n)} 字节没有发出。`,
    summary: (n) => `${count(n)} B`,
    by: { nginx: '来自 nginx', server: '来自后端服务器' },
    byApplication: (n) => `${count(n)} B 来自应用`,
    byServer: (n) => `${count(n)} B 由服务器添加`,
    chunkBand: (n, size) => `${count(n)} 块，${count(size)} 字节`,
    chunkCount: (n) => `${count(n)} 块`,
  },
  bytesOnly: '只有字节',
  listing: {
    waits: '服务器尚未读取',
    kept: (n, read) =>
      read === 0
        ? `只解析了第一行，全部 ${count(n)} 字节都放进 wsgi.input`
        : `只解析了第一行，已从 wsgi.input 读取 ${count(Math.min(read, n))} / ${count(n)} 字节`,
    unread: (n) => `永远不会读取：唯一一次 recv(1024) 之外的 ${count(n)} 字节`,
    keptIdle: '状态和响应头保存在这里。',
    line: (line) => `第 ${line} 行`,
    running: '在服务器进程内运行',
    notClosed: '已完成，但没有调用 close()',
  },
  dead: {
    title: '服务器已退出',
    traceback: 'Traceback',
    button: '重新启动',
    restarted: '此后已重新启动。',
  },
  refused: (status) => `已拒绝，${status}`,
  findings,
  more: (n) => `……还有 ${n.toLocaleString('zh-CN')} 项`,
}
