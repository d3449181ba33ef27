/** No serious or critical violations of WCAG that a machine can find. */
import { AxeBuilder } from '@axe-core/playwright'
import { curl, sendRaw } from './clients.ts'
import type { ScopePage } from './scopePage.ts'
import { sample } from './server.ts'
import { expect, test } from './test.ts'

async function violations(scope: ScopePage): Promise<string[]> {
  const { violations } = await new AxeBuilder({ page: scope.page }).analyze()
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) => nodes.map((node) => `${id}: ${node.target.join(' ')}: ${node.failureSummary ?? ''}`))
}

for (const colorScheme of ['light', 'dark'] as const) {
  for (const locale of ['en-GB', 'zh-CN']) {
    test.describe(`${colorScheme}, ${locale}`, () => {
      test.use({ colorScheme, locale })

      test('nobody is shut out: before, during, after, refused, and in the help', async ({ serve, scope }) => {
        const server = await serve({ app: `${sample('hello.py')}:app` })
        await scope.page.goto(server.ui)
        await expect(scope.page.locator('.status[data-status="live"]')).toBeVisible()
        await expect(scope.page.locator('.xterm-rows')).toContainText('$')
        expect(await violations(scope), 'before the first request').toEqual([])

        await curl('-d', 'How are you', `${server.http}/hello?name=Ada`)
        await expect(scope.page.getByRole('listbox').getByRole('option')).toHaveCount(1)
        await scope.page.keyboard.press('End')
        expect(await violations(scope), 'done').toEqual([])
        await scope.page.getByRole('slider').fill('3.5')
        expect(await violations(scope), 'in flight').toEqual([])

        await sendRaw(server, 'GET / HTTP/1.1\r\nHost: a\r\nX-Bad : yes\r\n\r\n')
        await expect(scope.page.getByRole('listbox').getByRole('option')).toHaveCount(2)
        await scope.page.getByRole('listbox').getByRole('option').nth(1).click()
        await scope.page.keyboard.press('End')
        expect(await violations(scope), 'refused').toEqual([])

        await scope.page.keyboard.press('?')
        await expect(scope.page.getByRole('dialog')).toBeVisible()
        expect(await violations(scope), 'help').toEqual([])
      })

      test('nobody is shut out of the naive server, alive and dead', async ({ serve, scope }) => {
        const server = await serve({ app: `${sample('hello.py')}:app`, args: ['--server', 'sixty-lines'] })
        await scope.page.goto(server.ui)
        await expect(scope.page.locator('.status[data-status="live"]')).toBeVisible()
        await curl(`${server.http}/hello?name=Ada`)
        await expect(scope.page.getByRole('listbox').getByRole('option')).toHaveCount(1)
        await scope.page.keyboard.press('End')
        expect(await violations(scope), 'alive').toEqual([])

        await sendRaw(server, 'hello\r\n\r\n')
        await expect(scope.page.getByRole('listbox').getByRole('option')).toHaveCount(2)
        await scope.page.getByRole('listbox').getByRole('option').nth(1).click()
        await scope.page.keyboard.press('End')
        await expect(scope.page.locator('.dead-server')).toBeVisible()
        expect(await violations(scope), 'dead').toEqual([])
      })
    })
  }
}
