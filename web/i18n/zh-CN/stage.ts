import type { StageWords } from '../../stage/words.ts'
import { findings } from './findings.ts'

const count = (n: number): string => n.toLocaleString('zh-CN')

export const stage: StageWords = {
  titles: {
    client: '客户端',
    socket: '套接字字节',
    requestLine: '请求行',
    environ: 'environ',
    application: '应用',
    startResponse: 'start_response',
    response: '响应字节',
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
    lead: '这是一台正在运行的 Web 服务器。里面发生了什么？',
    how: '在你自己的终端里给它发一个请求：',
    or: '或者',
    button: '替我发一个请求',
  },
  socket: {
    connected: '已连接，还没有收到字节。',
    notHere: (n) => `${count(n)} 字节，此处没有保留。`,
    more: (n) => `…… 还有 ${count(n)} 字节`,
    tray: (length, read) =>
      read === null
        ? `请求体托盘，${count(length)} 字节`
        : read === 0
          ? `请求体托盘，${count(length)} 字节，未读`
          : read >= length
            ? `请求体托盘，${count(length)} 字节，已读完`
            : `请求体托盘，已读 ${count(read)} / ${count(length)} 字节`,
    waitingForHead: '还在等空行',
    waitingForBody: '还在等请求体的其余部分',
    behind: (n) => `+ 后面那个请求的 ${count(n)} 字节`,
    summary: (reads, n) => `recv ${count(reads)} 次，${count(n)} B`,
  },
  requestLine: {
    empty: '（空）',
    method: '方法',
    target: '目标',
    path: '路径',
    query: '查询串',
    version: '版本',
    idle: '请求的第一行，拆成几部分。',
  },
  environ: {
    groups: { request: '来自请求', socket: '来自套接字', server: '来自服务器' },
    changed: '被应用改动',
    absent: '（没有）',
    removed: '（已删除）',
    missing: 'PEP 3333 要求，却没有给出',
    summaryMissing: (keys, missing) => `${keys} 个键，缺 ${missing} 个`,
    summary: (keys) => `${keys} 个键`,
    summaryChanged: (keys, changed) => `${keys} 个键，${changed} 个已改`,
    idle: '一个 Python dict，每个请求新建一个。',
  },
  application: {
    waiting: '尚未被调用',
    queued: (ahead) => (ahead === 0 ? '在等空闲的 worker' : `在等 worker，前面还有 ${count(ahead)} 个`),
    earlier: (file) => `${file} 改动之前的版本`.trimStart(),
    called: (worker) => `正在 worker ${worker} 中运行`,
    framework: (frames) => `调用来自${frames}`,
    never: '从未被调用',
    raised: (type) => `抛出 ${type}`,
    died: '它的 worker 已退出',
    caught: '在到达服务器之前就被捕获，500 由它而来。',
    done: '已完成',
    unwatched: '已完成；当时没人在看：缺少读取、改动、调用者和部分发现',
    omitted: (events) =>
      events === null ? '内容超出保留范围：其余的已省略' : `内容超出保留范围：省略了 ${count(events)} 个事件`,
    calls: '正在运行',
    noSource: '它的源代码不是可读的文件。',
  },
  startResponse: {
    inferred: '推断而来，并未看到',
    idle: '状态和响应头在这里等着，什么都没有发出。',
    kept: '留在这里，没有发出。带 exc_info 再次调用时仍可更改。',
    gone: '已发出，从此无法更改。',
    again: '再次被调用：这些是新的参数。',
    excInfo: (type) => `带 exc_info（${type}）再次被调用：这些参数取代了之前的。`,
    calledBy: (caller) => `调用者：${caller}`,
    folded: (n, packages) => `… ${packages}${packages === '' ? '' : ' 的 '}${count(n)} 个栈帧`,
    byFramework: '此刻没有运行你自己的代码：这次调用是框架发出的。',
    summary: '参数已保存',
    summaryGone: '参数已发出',
  },
  response: {
    hasCome: '回答已经到了，它的字节在下一拍显示。',
    idle: '已发送 0 字节。闸门在第一个非空数据块时打开。',
    shut: '已发送 0 字节。闸门在第一个非空数据块时打开。',
    notHere: (n) => `${count(n)} 字节，此处没有保留。`,
    more: (n) => `…… 还有 ${count(n)} 字节`,
    torn: '✂ 中断：答应给客户端的还没有给完。',
    waiting: (memory, disk, held) =>
      `客户端读得慢：${count(memory)} 字节在内存里等着，${count(disk)} 字节在磁盘上${held ? '，应用也在等' : ''}。`,
    givenUp: (n) => `客户端读得太慢：服务器放弃了 ${count(n)} 字节。`,
    leftBehind: (n) => `客户端离开了，还有 ${count(n)} 字节在等它。`,
    summary: (n) => `${count(n)} B`,
    by: { application: '由应用回答', gateway: '由服务器回答', nginx: '由 nginx 回答', server: '来自被旁听的服务器' },
    byApplication: (n) => `${count(n)} B 来自应用`,
    byServer: (n) => `${count(n)} B 由服务器添加`,
    chunkBand: (n, size) => `${count(n)} 块，${count(size)} 字节`,
    chunkCount: (n) => `${count(n)} 块`,
  },
  bytesOnly: '只有字节',
  listing: {
    waits: '服务器还没有读取',
    kept: (n, read) =>
      read === 0
        ? `只看了第一行，全部 ${count(n)} 字节都在 wsgi.input 里`
        : `只看了第一行，从 wsgi.input 读了 ${count(Math.min(read, n))} / ${count(n)} 字节`,
    unread: (n) => `从未读取：超出唯一一次 recv(1024) 的 ${count(n)} 字节`,
    keptIdle: '状态和响应头在这里等着。',
    line: (line) => `第 ${line} 行`,
    running: '就在服务器里运行',
    notClosed: '已完成，但从未 close()',
  },
  dead: {
    title: '服务器死了',
    traceback: 'Traceback',
    button: '重新启动',
    restarted: '之后已有人重新启动了它。',
  },
  refused: (status) => `已拒绝，${status}`,
  findings,
  more: (n) => `……另有 ${n.toLocaleString('zh-CN')} 项`,
}
