#!/usr/bin/env node
/** The command: the only reader of argv and env. */
import { isatty } from 'node:tty'
import { LoadError } from '../shared/gateway/host.ts'
import { addressText } from './bind.ts'
import { WEB_FOLDER } from './folders.ts'
import { interruption } from './interruption.ts'
import { StandardError } from './log/standardError.ts'
import { visible } from './log/visible.ts'
import { type Options, parseCommandLine, UsageError } from './options.ts'
import { type Running, start, urlOf } from './run.ts'
import { StartError } from './startError.ts'
import { readVersion } from './version.ts'

/**
 * Exit codes: a command line or an application that cannot be used; something of the application was cut when it was to end;
 * killed by SIGINT, as shells count it.
 */
const EXIT = { unusable: 2, cut: 3, interrupted: 130 } as const

/** What is known of standard streams that nobody reads any more: standard error cannot say it, the page's log can. */
const unread: { say: (text: string) => void; said: string[] } = { say: (text) => unread.said.push(text), said: [] }
const standardError = new StandardError(process.stderr, (text) => unread.say(text))
const log = (text: string): void => standardError.log('server', text, null)

async function main(): Promise<void> {
  let gone = false
  process.stdout.on('error', (error) => {
    // Each further write fails as well.
    if (gone) return
    gone = true
    const text = `standard output takes no more: ${error.message}`
    log(text)
    unread.say(text)
  })
  const commandLine = parseCommandLine(process.argv.slice(2), process.env, process.cwd())
  if (commandLine.kind === 'help') process.stdout.write(commandLine.text)
  else if (commandLine.kind === 'version') process.stdout.write(`${readVersion()}\n`)
  else await serve(commandLine.options)
}

async function serve(options: Options): Promise<void> {
  const interrupted = interruption({
    onImpatience: () => process.exit(EXIT.interrupted),
    onHardEnd(seconds) {
      log(`stopped unfinished: not everything had ended after ${seconds} s`)
      process.exit(EXIT.cut)
    },
  })
  const running = await start(options, {
    log: standardError.log,
    stdout: process.stdout,
    webFolder: WEB_FOLDER,
    ...(isatty(0) && isatty(2) ? { askAtTerminal: standardError.prompt } : {}),
  })
  process.on('exit', () => running.flush())
  unread.say = (text) => running.log.note({ kind: 'log.line', source: 'server', text })
  for (const text of unread.said) unread.say(text)
  if (!interrupted.asked) announce(running, options)
  await interrupted.promise
  await running.close()
  process.exit(running.cut.length === 0 ? 0 : EXIT.cut)
}

function announce(running: Running, options: Options): void {
  const { http, uwsgi, ui, run, version, app } = running
  const { tap } = options
  if (options.json) {
    const ready = { event: 'ready', http, uwsgi: uwsgi[0] ?? null, ui, presenter: null, pid: process.pid, run }
    process.stdout.write(`${JSON.stringify(ready)}\n`)
    return
  }
  const lines = [
    app === null ? `wsgiscope ${version} listens in` : `wsgiscope ${version} runs ${app.spec} in ${app.runtime}`,
    ...(ui === null ? [] : [`  the page     ${ui}`]),
    ...(tap === null ? [`  the gateway  ${http}`] : tapLines(running, tap)),
    ...uwsgi.map((address) => `  for nginx    uwsgi_pass ${address};`),
    ...(http === null ? [] : [`  try          curl -i ${http}/`]),
    '  Ctrl-C stops it',
  ]
  const out = options.trace === '-' ? process.stderr : process.stdout
  out.write(`${lines.map((line) => visible(line).replaceAll('\n', '\\n')).join('\n')}\n`)
  if (ui !== null && options.open && process.stdout.isTTY) void openBrowser(ui)
}

/** Where a tap listens, unless the line for nginx says it, and what is behind it. */
function tapLines({ http, uwsgi, address }: Running, { to, speaks }: NonNullable<Options['tap']>): string[] {
  const server = `  the server   ${speaks === 'http' && 'port' in to ? urlOf(to) : addressText(to)}`
  return uwsgi.length > 0 ? [server] : [`  the tap      ${http ?? address}`, server]
}

async function openBrowser(url: string): Promise<void> {
  const { default: open } = await import('open')
  try {
    const browser = await open(url)
    browser.on('error', (error) => log(`no browser could be opened: ${error.message}`))
  } catch (error) {
    log(`no browser could be opened: ${error instanceof Error ? error.message : String(error)}`)
  }
}

main().catch((error: unknown) => {
  if (error instanceof LoadError && error.traceback !== null) standardError.plain('stderr', error.traceback)
  if (error instanceof UsageError || error instanceof StartError || error instanceof LoadError) {
    standardError.plain('server', error.message)
    process.exit(EXIT.unusable)
  }
  throw error
})
