/** With nginx in front, which asks by uwsgi: what stands in uWSGI's place, and what stands between the two. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import * as z from 'zod'
import { type Contestant, PYTHON, PYTHON_APP, type Started, UWSGI, uwsgi } from './contestants.ts'
import { installed } from './load.ts'
import { accepting, firstLine, freePort, startProgram } from './processes.ts'
import { listening } from './taps.ts'

export const FRONT_NAMES = {
  uwsgi: 'nginx, uWSGI (1 process)',
  wsgiscope: 'nginx, wsgiscope --uwsgi-port',
  relay: 'nginx, bare relay, uWSGI',
  tap: 'nginx, wsgiscope tap, uWSGI',
} as const

const PARAMS = '/etc/nginx/uwsgi_params'
const Ready = z.object({ uwsgi: z.string() })

/** nginx with one worker, in front of what speaks uwsgi at this address; resolves to its port. */
async function nginx(folder: string, pass: string): Promise<number> {
  const port = await freePort()
  const config = join(folder, `nginx-${port}.conf`)
  const temporary = ['client_body', 'proxy', 'uwsgi', 'fastcgi', 'scgi']
  writeFileSync(
    config,
    `daemon off;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes 1;
pid ${join(folder, `nginx-${port}.pid`)};
error_log stderr error;
events { worker_connections 1024; }
http {
  access_log off;
  client_max_body_size 100m;
  keepalive_requests 1000000;
${temporary.map((name) => `  ${name}_temp_path ${join(folder, `${name}-${port}`)};`).join('\n')}
  server {
    listen 127.0.0.1:${port};
    location / { include ${PARAMS}; uwsgi_pass ${pass}; }
  }
}
`,
  )
  await accepting(port, startProgram('nginx', ['-p', folder, '-c', config]))
  return port
}

/** nginx in front of it. Processor time is counted of what stands behind nginx. */
const behind =
  (folder: string, start: () => Promise<Started & { pass?: string }>): Contestant['start'] =>
  async () => {
    const { port, pid, pass = `127.0.0.1:${port}` } = await start()
    return { port: await nginx(folder, pass), pid }
  }

export interface Fronts {
  there: Contestant[]
  missing: string[]
  /** Once nginx has ended. */
  remove: () => void
}

export function fronts(command: string): Fronts {
  const missing = ['nginx', UWSGI].filter((name) => !installed(name))
  if (missing.length > 0) return { there: [], missing, remove: () => undefined }
  const folder = mkdtempSync(join(tmpdir(), 'bench-nginx-'))
  const plain = uwsgi('--socket')
  const relay = async () => listening('relay.ts', [`${(await plain()).port}`])
  const ready = async (words: readonly string[]) => {
    const program = startProgram(process.execPath, [command, ...words, '--json', '--no-open', '--no-ui'])
    const { uwsgi: pass } = Ready.parse(JSON.parse(await firstLine(program)))
    return { port: 0, pid: program.child.pid ?? 0, pass }
  }
  const gateway = () => ready([PYTHON_APP, '--python', PYTHON, '--port', '0', '--uwsgi-port', '0'])
  const tap = async () =>
    ready(['tap', '--protocol', 'uwsgi', '--listen', '0', '--to', `127.0.0.1:${(await plain()).port}`])
  return {
    there: [
      { name: FRONT_NAMES.uwsgi, start: behind(folder, plain) },
      { name: FRONT_NAMES.wsgiscope, start: behind(folder, gateway) },
      { name: FRONT_NAMES.relay, start: behind(folder, relay) },
      { name: FRONT_NAMES.tap, start: behind(folder, tap) },
    ],
    missing: [],
    remove: () => rmSync(folder, { recursive: true, force: true }),
  }
}
