/** curl: read and carried out by the server's own client (shared/commandLine, server/client). */
import { CURL_OPTIONS } from '../../../shared/commandLine/curlOptions.ts'
import { COMMAND_LIMIT } from '../../../shared/wire.ts'
import type { TerminalCommand } from '../command.ts'

const PIPED = "printf '…' | curl --data-binary @-"

export const curl: TerminalCommand = {
  name: 'curl',
  options: CURL_OPTIONS,
  help: {
    en: (address) => [
      {
        usage: `curl -i ${address}`,
        does: 'sends a request; -i shows the head of the answer, -v both heads, -d sends a body, -F a form, --json JSON, -H adds a header, -u says who you are, -b sends cookies, -L follows redirects. What browsers, API docs and .curl files give can be pasted as it is.',
      },
      {
        usage: `curl -d name=Ada ${address}`,
        does: 'sends a POST: -d gives it a body, here a form of one field',
      },
      { usage: PIPED, does: 'sends what printf or echo prints, byte for byte' },
    ],
    'zh-CN': (address) => [
      {
        usage: `curl -i ${address}`,
        does: '发送一个请求；-i 显示响应头，-v 显示请求头和响应头，-d 发送 body，-F 发送表单，--json 发送 JSON，-H 添加请求头，-u 登录，-b 发送 cookie，-L 跟随重定向。浏览器、API 文档和 .curl 文件给出的命令可以原样粘贴。',
      },
      {
        usage: `curl -d name=Ada ${address}`,
        does: '发送一个 POST 请求：-d 后面是 body，这里是只有一个字段的表单',
      },
      { usage: PIPED, does: '逐字节发送 printf 或 echo 打印的内容' },
    ],
  },
  run(line, terminal) {
    if (line.length <= COMMAND_LIMIT) {
      terminal.send((client, id) => client.run(id, line))
      return
    }
    terminal.tell(terminal.words.tooLong(COMMAND_LIMIT), 'fault')
    terminal.prompt()
  },
}
