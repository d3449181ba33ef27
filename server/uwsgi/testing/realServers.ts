/** Real nginx and real uWSGI, of this machine, on free ports of loopback; they end with the test. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '../../testing/harness.ts'

/** Ends what was started, in the order in which it was. */
export type End = () => Promise<void>

/** A port that is free now. */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  return address !== null && typeof address === 'object' ? address.port : 0
}

export const answersAt = (at: number | string): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = typeof at === 'number' ? connect(at, '127.0.0.1') : connect(at)
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })

async function started(
  command: string,
  args: string[],
  ports: readonly (number | string)[],
  folder: string,
): Promise<End> {
  const said: string[] = []
  const child: ChildProcess = spawn(command, args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] })
  child.stdout?.on('data', (data: Buffer) => said.push(data.toString()))
  child.stderr?.on('data', (data: Buffer) => said.push(data.toString()))
  const ended = new Promise<void>((resolve) => {
    child.once('exit', () => resolve())
    child.once('error', () => resolve())
  })
  await until(async () => {
    if (child.exitCode !== null) throw new Error(`${command} ended: ${said.join('')}`)
    const up = await Promise.all(ports.map(answersAt))
    return up.every(Boolean)
  })
  return async () => {
    child.kill('SIGINT')
    await ended
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A server for each: at this port, with these directives in `location /`. */
export async function startNginx(servers: readonly { port: number; location: string }[]): Promise<End> {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-nginx-'))
  const temporary = ['client_body', 'proxy', 'uwsgi', 'fastcgi', 'scgi']
  writeFileSync(
    join(folder, 'nginx.conf'),
    [
      'daemon off;',
      ...(process.getuid?.() === 0 ? ['user root;'] : []),
      'worker_processes 1;',
      `pid ${join(folder, 'nginx.pid')};`,
      'error_log stderr error;',
      'events {}',
      'http {',
      'access_log off;',
      'client_max_body_size 200m;',
      ...temporary.map((name) => `${name}_temp_path ${join(folder, name)};`),
      ...servers.map(
        ({ port, location }) =>
          `server { listen 127.0.0.1:${port}; server_name localhost; location / { ${location} } }`,
      ),
      '}',
    ].join('\n'),
  )
  return await started(
    'nginx',
    ['-p', folder, '-c', join(folder, 'nginx.conf')],
    servers.map(({ port }) => port),
    folder,
  )
}

/** uWSGI with one process, which speaks uwsgi at this port or path, and runs `module:app` of that folder. */
export async function startUwsgi(at: number | string, from: string, module: string): Promise<End> {
  const folder = mkdtempSync(join(tmpdir(), 'wsgiscope-uwsgi-'))
  const args = [
    '--plugin',
    'python3',
    '--socket',
    typeof at === 'number' ? `127.0.0.1:${at}` : at,
    '--chdir',
    from,
    '--module',
    module,
  ]
  return await started(
    'uwsgi',
    [...args, '--master', '--processes', '1', '--need-app', '--disable-logging'],
    [at],
    folder,
  )
}

export const isInstalled = (command: string, flag: string): boolean =>
  spawnSync(command, [flag], { stdio: 'ignore' }).error === undefined
