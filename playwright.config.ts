import { existsSync } from 'node:fs'
import { defineConfig } from '@playwright/test'

/** A system's Chromium where there is one; else the one that Playwright downloads. */
const chromium = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find((path) =>
  existsSync(path),
)

export default defineConfig({
  testDir: 'e2e',
  outputDir: 'test-results/browser',
  // Every test starts a server of its own; two at a time suit a small machine.
  workers: 2,
  fullyParallel: true,
  forbidOnly: process.env['CI'] !== undefined,
  // A browser on a busy machine: what passes only the second time is reported as flaky.
  retries: process.env['CI'] === undefined ? 0 : 1,
  // Guards against a hang, on machines that are small and busy with something else; they measure nothing.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: process.env['PLAYWRIGHT_JSON_OUTPUT_NAME'] === undefined ? [['list']] : [['list'], ['json']],
  use: {
    viewport: { width: 1440, height: 900 },
    locale: 'en-GB',
    colorScheme: 'light',
    trace: 'retain-on-failure',
    launchOptions: {
      ...(chromium === undefined ? {} : { executablePath: chromium }),
      args: [
        ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
        '--disable-gpu',
        '--disable-quic',
        '--no-first-run',
        '--disable-background-networking',
        '--disable-component-update',
        '--disable-sync',
      ],
    },
  },
})
