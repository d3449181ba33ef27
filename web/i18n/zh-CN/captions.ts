import type { CaptionWords, Glossary } from '../../stage/words.ts'

const count = (n: number): string => n.toLocaleString('zh-CN')

export const captions: CaptionWords = {
  idle: '还没有请求到来。',
  arrives: '客户端与服务器建立了一条[connection|连接]。',
  read: (bytes) => `服务器从[socket|套接字]读到 ${count(bytes)} 个字节。`,
  readInPieces: (pieces) => `字节分成 ${count(pieces)} [segments|段]到达，段的边界没有含义。`,
  parsed: '服务器把第一行拆成[method|方法]、[path|路径]和版本，再拆出每个[header|请求头]。',
  parsedWithBody: (bytes) => `服务器拆开了请求的头部，${count(bytes)} 字节的[body|请求体]在等着。`,
  environ: (keys) => `服务器把请求变成 [environ]：一个有 ${count(keys)} 个键的 Python dict。`,
  waits: (ahead) =>
    ahead === 0 ? '请求在等一个空闲的 [worker]。' : `请求在等 [worker]，前面还有 ${count(ahead)} 个。`,
  called: (callable) => `服务器调用[callable|可调用对象] ${callable}，交给它 environ 和 [start_response]。`,
  reads: (bytes) => `应用通过 [wsgi.input] 取走了 ${count(bytes)} 字节[body|请求体]。`,
  answers: '应用调用了 [start_response]，服务器还什么都没有发出。',
  answersAgain: '应用带着 [exc_info] 再次调用 start_response，以新的回答为准。',
  chunk: (bytes) => `服务器用 [next()] 拉来一个 ${count(bytes)} 字节的[chunk|数据块]，并先发出[head|头部]。`,
  chunks: (n) => `服务器用 [next()] 一块一块地拉[chunk|数据块]，拉到就发：${count(n)} 块。`,
  noChunks: '应用没有给出[chunk|数据块]，只发出了[head|头部]。',
  refusalGoesOut: '整个回答都由服务器自己写出。',
  errorGoesOut: '服务器写了一个错误页面代替回答。',
  doneOpen: (status) => `应用回答了 ${status}，[connection|连接]保持打开。`,
  doneClosed: (status) => `应用回答了 ${status}，[connection|连接]结束。`,
  refused: (status) => `[gateway|网关]以 ${status} 拒绝了标出的字节。`,
  refusedEnd: (status) => `服务器自己回答了 ${status}，应用从未被调用。`,
  raised: (type) => `应用在[head|头部]发出之前抛出了 ${type}。`,
  raisedLate: (type) => `应用抛出了 ${type}，但太晚了：[head|头部]已经发出。`,
  raisedEnd: '服务器自己回答了 500，日志里有 [traceback]。',
  torn: '响应中断了，客户端因此知道有内容缺失。',
  died: '处理这个请求的 [worker] 退出了，服务器换上了新的。',
  bytesOnly: '从这里起 [tap] 只显示字节，字节照常通过。',
  switched: '双方从这里起说另一种协议，[tap] 显示它的字节。',
  listing: {
    read: (bytes, unread) =>
      unread === 0
        ? `服务器调用一次 [recv()]，得到 ${count(bytes)} 个字节。`
        : `一次 [recv()] 得到 ${count(bytes)} 个字节，其余 ${count(unread)} 个永远不会被读取。`,
    parsed: '服务器按空格拆开第一行，从不读[header|请求头]。',
    environ: (keys) => `服务器只用第一行建立了 [environ]：${count(keys)} 个键。`,
    environWithQuery: (keys) => `服务器建立了 [environ]，共 ${count(keys)} 个键，查询串留在 PATH_INFO 里。`,
    reads: (bytes) => `应用从 [wsgi.input] 读到 ${count(bytes)} 字节，其中也有请求的[head|头部]。`,
    chunk: (bytes) => `服务器拿到唯一的[chunk|数据块]（${count(bytes)} 字节），接在[head|头部]后面发出。`,
    chunks: (n) => `服务器把 ${count(n)} 个[chunk|数据块]连起来，一次发出。`,
    neverClosed: '服务器关闭了[connection|连接]，但从未调用可迭代对象的 close()。',
    died: '服务器死了，重新启动之前没有谁来回答。',
    absent: '客户端来时服务器已经死了，[connection|连接]立刻关闭。',
    noAnswer: '[connection|连接]关闭了，没有任何回答。',
  },
}

export const glossary: Glossary = {
  connection: '连接（connection）是两个程序之间由 TCP 维持的双向字节流。',
  socket: '套接字（socket）是连接的一端，程序从它读、往它写。',
  segments: '段（segment）是一次读取套接字得到的字节，网络随意切分字节流。',
  method: '方法（method）说明要对路径做什么：GET 取，POST 交。',
  path: '路径（path）指出要的东西，从第一个斜杠到问号为止。',
  header: '请求头（header）是请求里的一行：名字、冒号、值。',
  body: '请求体（body）是空行后面携带的内容，比如表单或文件。',
  environ: 'environ 是 WSGI 把请求交给应用时用的 dict，每个事实一个字符串。',
  worker: 'worker 是运行应用的进程，一次处理一个请求。',
  callable: '可调用对象（callable）是 Python 能调用的任何东西，这里就是整个应用的那个函数。',
  'wsgi.input': 'wsgi.input 是 environ 里的一个文件，读它就得到请求体。',
  start_response: 'start_response 是服务器的函数，应用用状态和响应头来调用它。',
  exc_info: 'exc_info 是正在处理的异常，带上它就可以替换先前给 start_response 的参数。',
  'next()': 'next() 向应用返回的可迭代对象要下一块。',
  chunk: '数据块（chunk）是回答的一块，应用产生的一个 bytes 对象。',
  head: '头部（head）是状态行和响应头，直到空行为止。',
  gateway: '网关（gateway）是服务器中对外讲 HTTP、对内讲 WSGI 的那部分。',
  'recv()': 'recv() 交出已经到达的字节，最多是所要的那么多。',
  tap: 'tap 在客户端和服务器之间原样转交每个字节，并把它显示出来。',
  traceback: 'traceback 列出导致错误的调用，最后一个在最下面。',
}
