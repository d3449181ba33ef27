import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['{shared,server,web,bench}/**/*.test.{ts,tsx}'],
    // Tests start real servers and real interpreters on small machines: the limits guard against a hang, they measure nothing.
    testTimeout: 60_000,
    hookTimeout: 60_000,
  },
})
