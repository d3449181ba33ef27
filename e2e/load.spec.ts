/** The page keeps up: frames are counted, not time. */
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { connect } from 'node:net'
import { setInterval } from 'node:timers/promises'
import { curl } from './clients.ts'
import { type RunningServer, sample } from './server.ts'
import { expect, test } from './test.ts'

declare global {
  interface Window {
    /** Of every exchange that was drawn: at which frame its first bytes came to the page, and at which it was there. */
    arrivals?: { heard: number; drawn: number }[]
  }
}

test('a request is on the page within a few frames of its arrival', async ({ serve, scope }) => {
  const { page } = scope
  await page.addInitScript(() => {
    let frame = 0
    const count = () => {
      frame++
      requestAnimationFrame(count)
    }
    requestAnimationFrame(count)
    const arrivals: { heard: number; drawn: number }[] = []
    window.arrivals = arrivals
    let heard: number | null = null
    const Original = window.WebSocket
    window.WebSocket = class extends Original {
      constructor(url: string | URL, protocols?: string | string[]) {
        super(url, protocols)
        // What follows upon the greeting is requests, until the list has grown.
        this.addEventListener('message', ({ data }) => {
          const kind = new TextDecoder('latin1').decode(data)
          if (kind.includes('request.line')) heard ??= frame
        })
      }
    }
    let options = 0
    new MutationObserver(() => {
      const now = document.querySelectorAll('[role="option"]').length
      if (now <= options) return
      options = now
      arrivals.push({ heard: heard ?? Number.NaN, drawn: frame })
      heard = null
    }).observe(document, { subtree: true, childList: true })
  })
  const server = await serve()
  await scope.open(server.ui)
  for (let n = 1; n <= 20; n++) {
    await curl(`${server.http}/${n}`)
    await expect(scope.options).toHaveCount(n)
  }
  const arrivals = await page.evaluate(() => window.arrivals ?? [])
  expect(arrivals).toHaveLength(20)
  const frames = arrivals.map(({ heard, drawn }) => drawn - heard).sort((a, b) => a - b)
  expect(frames[18]).toBeLessThanOrEqual(3)
})

/** Sends `total` requests from number `first` on, some every few milliseconds, over connections that are kept. */
async function send(server: RunningServer, first: number, total: number, perSecond: number): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  const everyMs = 25
  const answered: Promise<unknown>[] = []
  for await (const _ of setInterval(everyMs)) {
    const due = Math.min(total, answered.length + (perSecond * everyMs) / 1000)
    while (answered.length < due) {
      const request = get(`${server.http}/n/${first + answered.length}`, { agent })
      answered.push(once(request, 'response').then(([response]) => once(response.resume(), 'end')))
    }
    if (answered.length >= total) break
  }
  await Promise.all(answered)
  agent.destroy()
}

test('500 requests at 100 a second leave the page usable', async ({ serve, scope }) => {
  const { page } = scope
  const server = await serve()
  await scope.open(server.ui)
  const sent = send(server, 1, 400, 100)
  const listed = () => scope.options.first().getAttribute('aria-setsize')
  await expect.poll(async () => Number(await listed())).toBeGreaterThan(100)

  // While they come: the help opens and closes, the language changes, one exchange is taken out and stepped through.
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await expect(page.getByRole('dialog')).toBeHidden()
  await page.getByRole('button', { name: '中文' }).click()
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN')
  await page.getByRole('button', { name: 'EN', exact: true }).click()
  await scope.press('First')
  await scope.press('Step forward')
  const standing = await scope.picture()
  await scope.press('Step forward')
  await scope.press('Step back')
  expect(await scope.picture()).toBe(standing)

  await sent
  // However long the steps took, some come after what is being looked at.
  await send(server, 401, 100, 100)
  await expect(page.getByText(/^\+300 older$/)).toBeVisible()
  expect(await listed()).toBe('200')
  // Of those that can be scrolled to, a screenful and some more are drawn.
  expect(await scope.options.count()).toBeLessThan(60)
  // What was being looked at was left alone.
  expect(await scope.picture()).toBe(standing)

  await page.getByRole('button', { name: /^Follow newest/ }).click()
  await scope.press('Last')
  await expect(scope.options.last()).toHaveAttribute('aria-selected', 'true')
  await expect(scope.options.last()).toHaveAttribute('aria-posinset', '200')
  await expect(scope.options.last()).toHaveText(/^GET \/n\/\d+ 200$/)
  expect((await scope.text('Response bytes')).startsWith('HTTP/1.1 200 OK')).toBe(true)
})

/** As many requests as the gateway takes, each connection with a batch under way. Resolves with the answers counted. */
async function flood(server: RunningServer, total: number, connections: number): Promise<number> {
  const { hostname, port } = new URL(server.http)
  const batch = 50
  const one = async (requests: number): Promise<number> => {
    const socket = connect(Number(port), hostname)
    let answers = 0
    let tail = ''
    let sent = 0
    const sendBatch = (): void => {
      const n = Math.min(batch, requests - sent)
      sent += n
      socket.write('GET /flood HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(n))
    }
    sendBatch()
    for await (const data of socket.setEncoding('latin1')) {
      // A status line may be cut in two: what is kept of the last piece is too short to hold a whole one.
      const text = tail + data
      answers += text.split('HTTP/1.1 200 OK').length - 1
      tail = text.slice(-('HTTP/1.1 200 OK'.length - 1))
      if (answers >= requests) break
      if (answers === sent) sendBatch()
    }
    socket.destroy()
    return answers
  }
  const counts = await Promise.all(Array.from({ length: connections }, () => one(total / connections)))
  return counts.reduce((sum, count) => sum + count, 0)
}

test('100,000 requests at full speed: the page answers meanwhile, and its counter ends exact', async ({
  serve,
  scope,
}) => {
  const { page } = scope
  const server = await serve({ app: `${sample('hello.ts')}:app` })
  await scope.open(server.ui)
  const flooded = flood(server, 100_000, 16)
  await expect(page.getByText(/^showing .* a second$/)).toBeVisible()
  await page.getByRole('button', { name: '中文' }).click()
  await expect(page.locator('html')).toHaveAttribute('lang', 'zh-CN')
  await page.getByRole('button', { name: 'EN', exact: true }).click()
  await page.keyboard.press('?')
  await expect(page.getByRole('dialog')).toBeVisible()
  await page.keyboard.press('Escape')
  await scope.press('First')
  await scope.press('Step forward')
  expect(await flooded).toBe(100_000)
  await expect(page.getByText(/ of 100,000 not kept$/)).toBeVisible()
})
