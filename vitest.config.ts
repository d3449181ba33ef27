import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{shared,server,web,bench}/**/*.test.{ts,tsx}'],
    // Tests start real servers and real interpreters, on small machines that are busy with something else: the limits guard
    // against a hang, they measure nothing.
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
})
