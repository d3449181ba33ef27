/** The page as a person uses it: by names, not by structure, except where the drawing itself is looked at. */
import { expect, type Locator, type Page } from '@playwright/test'

export const CARDS = [
  'Client',
  'Socket bytes',
  'Request line',
  'environ',
  'Application',
  'start_response',
  'Response bytes',
] as const
export type CardName = (typeof CARDS)[number]

export const TRANSPORT = ['First', 'Step back', 'Step forward', 'Last'] as const
export type Transport = (typeof TRANSPORT)[number]

export class ScopePage {
  readonly page: Page
  readonly exchanges: Locator
  readonly options: Locator
  readonly playhead: Locator
  readonly caption: Locator
  readonly terminal: Locator

  constructor(page: Page) {
    this.page = page
    this.exchanges = page.getByRole('listbox', { name: 'Exchanges' })
    this.options = this.exchanges.getByRole('option')
    this.playhead = page.getByRole('slider', { name: 'Playhead' })
    this.caption = page.locator('.caption')
    this.terminal = this.card('Client').locator('.xterm-rows')
  }

  /** Opens the page and waits until it listens to its server. */
  async open(ui: string): Promise<this> {
    await this.page.goto(ui)
    await expect(this.page.getByRole('status').filter({ hasText: /^live$/ })).toBeVisible()
    // A font that arrives between two looks would make lines a pixel or two higher or lower.
    await this.page.evaluate(() => Promise.all([...document.fonts].map((font) => font.load())))
    return this
  }

  card(name: CardName): Locator {
    return this.page.getByRole('region', { name, exact: true })
  }

  /** Opens a card of which there is only the name, as a person would; it stays so until the playhead moves. */
  async unfold(name: CardName): Promise<void> {
    const chip = this.card(name).locator('.chip-open')
    if ((await chip.count()) > 0) await chip.click()
  }

  /** The rows of a card from its first to its last, also those that have to be scrolled to. */
  async rows(name: CardName): Promise<string[]> {
    await this.unfold(name)
    return await this.card(name)
      .locator('.card-body')
      .evaluate(async (body) => {
        const twoFrames = () =>
          new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(() => resolve(null))))
        const before = body.scrollTop
        const found = new Map<number, string>()
        for (let top = 0; ; top += Math.max(1, body.clientHeight)) {
          body.scrollTop = top
          await twoFrames()
          for (const row of body.querySelectorAll<HTMLElement>('.row')) {
            const tokens = [...row.querySelectorAll('.tok')].map((token) => token.textContent)
            found.set(Number.parseFloat(row.style.top), tokens.join(' '))
          }
          if (top + body.clientHeight >= body.scrollHeight) break
        }
        body.scrollTop = before
        await twoFrames()
        return [...found].sort(([a], [b]) => a - b).map(([, text]) => text)
      })
  }

  /** All that stands in a card, without its breaks into rows and tokens. */
  async text(name: CardName): Promise<string> {
    await this.unfold(name)
    return await this.card(name)
      .locator('.card-body')
      .evaluate((body) => [...body.querySelectorAll('.row')].map((row) => row.textContent).join(''))
  }

  /** What stands at the right of a card's title. */
  note(name: CardName): Locator {
    return this.card(name).locator('.card-note')
  }

  async press(name: Transport): Promise<void> {
    await this.page.getByRole('button', { name, exact: true }).click()
    await this.atRest()
  }

  /** Goes to the end of the exchange that is shown, until the chips say what came of each: before, its own does not. */
  async answered(outcomes: readonly (string | RegExp)[]): Promise<void> {
    await expect(async () => {
      await this.press('Last')
      await expect(this.options).toHaveText(outcomes, { timeout: 1000 })
    }).toPass()
  }

  /** Puts the playhead anywhere, in beats: 2.5 is in the middle of the third one's flights. */
  async seek(beats: number): Promise<void> {
    await this.playhead.fill(String(beats))
    await this.atRest()
  }

  /** How many beats the exchange has. */
  async beats(): Promise<number> {
    return Number(await this.playhead.getAttribute('max'))
  }

  async select(option: Locator): Promise<void> {
    await option.click()
    await expect(option).toHaveAttribute('aria-selected', 'true')
  }

  /** Waits until the picture is where the playhead was put. */
  async atRest(): Promise<void> {
    await expect
      .poll(
        () =>
          this.playhead.evaluate((slider) => {
            if (!(slider instanceof HTMLInputElement)) return 'no slider'
            const head = slider.parentElement?.querySelector<HTMLElement>('.track-head')?.style.left ?? '0%'
            const away = Math.abs(Number.parseFloat(head) - (Number(slider.value) / Number(slider.max)) * 100)
            return away < 1e-3 ? 'there' : `${away} % away`
          }),
        { message: 'the picture is where the playhead was put', intervals: [20, 50, 100] },
      )
      .toBe('there')
  }

  /** The whole drawing, but for the terminal in it: every element with its attributes, and how far cards are scrolled. */
  async picture(): Promise<string> {
    return await this.page.locator('.picture').evaluate((picture) => {
      const lines: string[] = []
      const write = (element: Element, depth: number) => {
        if (element.className === 'client-slot') return
        // The order of attributes is that of their history, and means nothing.
        const attributes = [...element.attributes].map(({ name, value }) => `${name}="${value}"`).sort()
        const own = [...element.childNodes].filter((node) => node.nodeType === Node.TEXT_NODE)
        const text = own.map((node) => node.nodeValue).join('')
        const scrolled = element.scrollTop > 0 ? ` scrolled ${Math.round(element.scrollTop)}` : ''
        lines.push(`${' '.repeat(depth)}${[element.tagName, ...attributes].join(' ')}${scrolled} ${text}`)
        for (const child of element.children) write(child, depth + 1)
      }
      write(picture, 0)
      return lines.join('\n')
    })
  }

  /** The pictures at every beat, from before the first to behind the last. */
  async pictures(): Promise<string[]> {
    await this.press('First')
    const pictures = [await this.picture()]
    const beats = await this.beats()
    for (let beat = 0; beat < beats; beat++) {
      await this.press('Step forward')
      pictures.push(await this.picture())
    }
    return pictures
  }

  /** Types into the terminal and presses Enter. */
  async type(line: string): Promise<void> {
    await this.card('Client').locator('.xterm-screen').click()
    await this.page.keyboard.type(line)
    await this.page.keyboard.press('Enter')
  }
}
