import type { Glossary } from '../../stage/glossary.ts'
import type { BodyEnd, CaptionWords, Missing } from '../../stage/words.ts'

const count = (n: number): string => n.toLocaleString('zh-CN')

/** 客户端怎样知道响应体到哪里为止。 */
const END: Readonly<Record<BodyEnd, string>> = {
  length: '它补上了 Content-Length，客户端才知道[body|响应体]到哪里为止。',
  ownLength: 'Content-Length 告诉客户端[body|响应体]到哪里为止。',
  chunked: '总长度未知，所以每一块前面都用十六进制写上自己的大小。',
  close: '总长度未知，所以用关闭连接来表示发完了。',
  unknown: '',
}

/** 被拒绝的请求缺了什么。 */
const MISSING: Readonly<Record<Missing, string>> = {
  host: '请求缺少 Host [header|请求头]，而 [HTTP] 要求每个请求都有',
  end: '请求还没有发完，客户端就结束了发送',
  time: '请求没有按时发完',
  method: '包里没有 REQUEST_METHOD',
  other: '服务器无法处理这个请求',
}

export const captions: CaptionWords = {
  idle: '还没有收到请求。',
  arrives: '客户端与服务器建立了一条[connection|连接]，从现在起双方都可以发送字节。',
  read: (bytes) => `服务器从[socket|套接字]读到 ${count(bytes)} 个字节。此时它们只是字节，还没有被解析。`,
  readInPieces: (pieces) => `字节分 ${count(pieces)} [segments|段]到达。网络可以在任意位置切分，所以段的边界没有意义。`,
  parsed: '服务器按照 [HTTP] 的规则，把第一行拆成[method|方法]、[path|路径]和版本，再逐行拆出[header|请求头]。',
  parsedWithBody: (bytes) =>
    `服务器按照 [HTTP] 的规则解析了请求的[head|头部]。${count(bytes)} 字节的[body|请求体]先放着，等应用来读。`,
  environ: (keys, header) =>
    header === null
      ? `服务器把请求转换成 [environ]：一个有 ${count(keys)} 个键的 Python dict。`
      : `服务器把请求转换成 [environ]：一个有 ${count(keys)} 个键的 Python dict。每个[header|请求头]变成 HTTP_ 加上大写的名字，不论原来怎么写：${header.name} 成为 ${header.key}。`,
  waits: (ahead) =>
    ahead === 0 ? '请求正在等待空闲的 [worker]。' : `请求正在等待 [worker]，前面还有 ${count(ahead)} 个。`,
  called: (callable) =>
    `服务器调用 [callable|${callable}]，传入两个参数：[environ] 和函数 [start_response]。[WSGI] 约定的就是这次调用。`,
  calledOnly: (callable) =>
    `服务器调用 [callable|${callable}]，传入两个参数：[environ] 和函数 [start_response]。它立即返回，其余的代码要等服务器来取[chunk|数据块]时才运行。`,
  reads: (bytes) => `应用从 [wsgi.input] 读取了 ${count(bytes)} 字节的[body|请求体]。应用来读，服务器才会给。`,
  answers: (status) =>
    `应用决定返回 [status|${status}]，并通过 [start_response] 告诉服务器。服务器先保存下来，等到第一个[chunk|数据块]才发送。`,
  answersAgain: (status) =>
    `出错了，应用再次调用 [start_response]，改为 [status|${status}]。之前什么都没有发出，所以以这次为准。`,
  chunk: (bytes, end) =>
    `服务器用 [next()] 取出唯一的[chunk|数据块]（${count(bytes)} 字节），接在[head|头部]后面发出。${END[end]}`,
  chunks: (n, end) =>
    `服务器用 [next()] 逐个取出[chunk|数据块]，取到一块就发一块，已有 ${count(n)} 块。对客户端来说，它们是同一个[body|响应体]。${END[end]}`,
  noChunks: '应用没有给出[chunk|数据块]，只发送了[head|头部]。',
  emptyChunk: '唯一的[chunk|数据块]是空的，只发送了[head|头部]。',
  chunkUnsent: '应用给出了[chunk|数据块]，但这种响应没有响应体，只发送了[head|头部]。',
  refusalGoesOut: '整个响应都由服务器自己生成，因为应用没有被调用。',
  errorGoesOut: '服务器返回一个错误页面，代替应用的响应。',
  doneOpen: (status) => `应用返回 [status|${status}]。[connection|连接]保持打开，下一个请求不必重新连接。`,
  doneClosed: (status) => `应用返回 [status|${status}]，[connection|连接]已关闭。`,
  refused: (status) => `标出的字节不符合 [HTTP] 的规则，服务器以 [status|${status}] 拒绝。`,
  refusedFor: (status, missing) => `${MISSING[missing]}，服务器以 [status|${status}] 拒绝。`,
  refusedEnd: (status) => `服务器自己返回 [status|${status}]，应用没有被调用。`,
  raised: (type) => `应用抛出了 ${type}。这时还什么都没有发出，服务器可以代为应答。`,
  raisedLate: (type) => `应用抛出了 ${type}，但为时已晚：状态和响应头已经发出，无法收回。`,
  raisedEnd: '服务器自己返回 [status|500]。[traceback] 只在日志里，客户端看不到。',
  torn: '响应没有发完就中断了，客户端因此知道内容不完整。',
  died: '处理这个请求的 [worker] 退出了，服务器启动了新的。',
  notTaken: '没有 [worker] 能处理这个请求，由服务器自己应答。',
  diedEnd: (status) => `服务器自己返回 [status|${status}]，原因见日志。`,
  bytesOnly: '从这里起 [tap] 只显示字节，转发照常进行。',
  switched: '双方从这里起改用另一种协议，[tap] 只显示字节。',
  listing: {
    read: (bytes, unread) =>
      unread === 0
        ? `服务器调用一次 [recv()]，得到 ${count(bytes)} 个字节。`
        : `一次 [recv()] 得到 ${count(bytes)} 个字节，剩下的 ${count(unread)} 个永远不会被读取。`,
    parsed: '服务器只按空格拆开第一行，从不读取[header|请求头]。',
    environ: (keys) => `服务器只根据第一行生成 [environ]：${count(keys)} 个键。`,
    environWithQuery: (keys) => `服务器生成了 [environ]，共 ${count(keys)} 个键，查询串留在 PATH_INFO 里。`,
    reads: (bytes) => `应用从 [wsgi.input] 读到 ${count(bytes)} 字节，其中还包含请求的[head|头部]。`,
    chunk: (bytes) => `服务器取出唯一的[chunk|数据块]（${count(bytes)} 字节），接在[head|头部]后面发出。`,
    chunks: (n) => `服务器把 ${count(n)} 个[chunk|数据块]拼在一起，一次发出。`,
    neverClosed: '服务器关闭了[connection|连接]，但没有调用可迭代对象的 close()。',
    died: '服务器进程退出了，重新启动之前不会有任何响应。',
    absent: '客户端连接时服务器已经退出，[connection|连接]立即关闭。',
    noAnswer: '[connection|连接]关闭了，没有任何响应。',
  },
}

export const glossary: Glossary = {
  connection: '连接（connection）是两个程序之间的双向字节流，由 TCP 维持。',
  socket: '套接字（socket）是连接的一端，程序通过它收发字节。',
  segments: '段（segment）是一次读取套接字得到的字节；网络可以在任意位置切分字节流。',
  method: '方法（method）说明要做什么：GET 获取，POST 提交。',
  path: '路径（path）指明要访问的资源，从第一个斜杠到问号为止；问号后面是查询串。',
  header: '请求头（header）是请求里的一行：名字、冒号、值。名字不区分大小写。',
  body: 'body 是空行之后的内容：请求体可以是表单或文件，响应体可以是网页。',
  environ: 'environ 是 WSGI 用来把请求交给应用的 dict：方法、路径、查询串、每个请求头一个键，等等。',
  worker: 'worker 是运行应用的进程，一次处理一个请求。',
  callable: '可调用对象（callable）就是 Python 里能调用的东西；在这里，整个应用就是这个函数或对象。',
  'wsgi.input': 'wsgi.input 是 environ 里的一个类文件对象，读取它就得到请求体。',
  start_response: 'start_response 是服务器提供的函数，应用用它来设置响应的状态和响应头。',
  exc_info: 'exc_info 是正在处理的异常；带上它，就可以替换先前传给 start_response 的参数。',
  'next()': 'next() 从应用返回的可迭代对象中取出下一块。',
  chunk: '数据块（chunk）是响应体的一块：应用给出的一个 bytes 对象。',
  head: '头部（head）是第一行和各个请求头或响应头，到空行为止。',
  'recv()': 'recv() 返回已经到达的字节，最多返回指定的个数。',
  tap: 'tap 在客户端和服务器之间原样转发每个字节，并显示出来。',
  traceback: 'traceback 列出导致异常的调用，最后一次调用在最下面。',
  WSGI: 'WSGI（PEP 3333）是服务器与 Python 应用之间的约定：服务器用 environ 和 start_response 调用应用。它既不是 uwsgi（一种协议），也不是 uWSGI（一个服务器软件）。',
  uwsgi: 'uwsgi（全小写）是一种二进制协议，nginx 用它把请求转发给后端服务器。它不是 WSGI；WSGI 是一次 Python 调用。',
  uWSGI: 'uWSGI 是一个服务器软件，既支持 uwsgi 协议，也支持 HTTP，并按 WSGI 调用 Python 应用。',
  TCP: 'TCP 在两个程序之间传输字节流，保证完整、有序，但不关心字节的含义。',
  HTTP: 'HTTP 规定请求和响应怎样写成字节：第一行、头部、空行、body。',
  gate: '闸门代表一条规则：状态和响应头要等到第一个非空数据块（或者响应结束）才发出，在那之前都可以替换。',
  framing: '分帧（framing）是为了让客户端分清每一块到哪里为止而附加的内容，例如大小和换行。',
  'PEP 3333': 'PEP 3333 是定义 WSGI 的文档：服务器要提供什么，应用要返回什么。',
  status: '状态由三位数字和一个短语组成。首位数字表示类别：2 成功，3 重定向，4 请求有误，5 服务器出错。',
  statuses: {
    200: '200 OK：成功，响应体就是请求的内容。',
    201: '201 Created：成功，并且创建了新的资源。',
    202: '202 Accepted：请求已接受，处理尚未完成。',
    204: '204 No Content：成功，没有响应体。',
    206: '206 Partial Content：响应体只是所请求的那一部分。',
    301: '301 Moved Permanently：资源已永久移到 Location 给出的地址。',
    302: '302 Found：请访问 Location 给出的地址。',
    303: '303 See Other：请到 Location 给出的地址获取结果。',
    304: '304 Not Modified：客户端的缓存仍然有效，因此不发送响应体。',
    307: '307 Temporary Redirect：请把同样的请求发到 Location 给出的地址。',
    308: '308 Permanent Redirect：以后请把这类请求发到 Location 给出的地址。',
    400: '400 Bad Request：请求不符合规则，无法理解。',
    401: '401 Unauthorized：需要先登录。',
    403: '403 Forbidden：请求有效，但不允许访问。',
    404: '404 Not Found：这个路径下没有内容。',
    405: '405 Method Not Allowed：路径存在，但不支持这个方法。',
    408: '408 Request Timeout：请求没有在规定时间内发完。',
    409: '409 Conflict：与资源当前的状态冲突。',
    410: '410 Gone：资源曾经存在，现在已删除。',
    411: '411 Length Required：请求必须说明请求体的长度。',
    413: '413 Content Too Large：请求体超过服务器的上限。',
    414: '414 URI Too Long：第一行超过服务器的上限。',
    415: '415 Unsupported Media Type：不支持这种类型的请求体。',
    417: '417 Expectation Failed：无法满足客户端的 Expect 要求。',
    418: '418：1998 年的一个玩笑，讲的是用茶壶煮咖啡。',
    422: '422 Unprocessable Content：格式正确，但无法处理。',
    426: '426 Upgrade Required：需要改用另一种协议。',
    429: '429 Too Many Requests：请求过于频繁。',
    431: '431 Request Header Fields Too Large：请求头超过服务器的上限。',
    500: '500 Internal Server Error：应用出错了，不是客户端的问题。',
    501: '501 Not Implemented：服务器不支持这个功能。',
    502: '502 Bad Gateway：后端服务器没有给出有效的响应。',
    503: '503 Service Unavailable：服务器太忙或尚未就绪，稍后再试。',
    504: '504 Gateway Timeout：后端服务器或应用超时。',
    505: '505 HTTP Version Not Supported：服务器不支持这个 HTTP 版本。',
  },
}
