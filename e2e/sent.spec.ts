/** What the page is sent before it is usable. */
import { expect, test } from './test.ts'

test('the page is sent compressed, and what it refers to is fetched once', async ({ serve, scope }) => {
  const { page } = scope
  const server = await serve()
  await scope.open(server.ui)
  const sent = await page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .filter((entry) => entry instanceof PerformanceResourceTiming)
      .map(({ name, encodedBodySize, decodedBodySize }) => ({ name, encodedBodySize, decodedBodySize })),
  )
  const texts = sent.filter(({ name }) => /\.(js|css)$/.test(name))
  expect(texts.length).toBeGreaterThanOrEqual(2)
  // A text of a few hundred bytes holds too little that repeats to be halved; all of them together are.
  for (const { name, encodedBodySize, decodedBodySize } of texts) {
    expect(encodedBodySize, name).toBeLessThan(decodedBodySize)
  }
  const sum = (size: (each: (typeof texts)[number]) => number) => texts.reduce((all, each) => all + size(each), 0)
  expect(sum(({ encodedBodySize }) => encodedBodySize)).toBeLessThan(sum(({ decodedBodySize }) => decodedBodySize) / 2)
  // What a page refers to is named after its content, so that a browser may keep it: the icon, which it asks for whenever
  // the address changes, too.
  const html = await (await fetch(server.ui)).text()
  const paths = [...html.matchAll(/(?:href|src)="([^"]+)"/g)].map(([, path]) => path ?? '')
  expect(paths.some((path) => path.endsWith('.svg'))).toBe(true)
  for (const path of paths) {
    const answer = await fetch(new URL(path, server.ui))
    expect([path, answer.status, answer.headers.get('cache-control')]).toEqual([
      path,
      200,
      'public, max-age=31536000, immutable',
    ])
  }
})
