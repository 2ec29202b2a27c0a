import { defineConfig } from '@playwright/test';

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

// The main path runs on PostgreSQL too, where a server is at hand to make a database in.
const postgresUrl = process.env.MANDATE_TEST_POSTGRES_URL;

export default defineConfig<{ postgresUrl: string | undefined }>({
  testDir: 'tests',
  outputDir: 'test-results',
  workers: 2,
  retries: 0,
  timeout: 60_000,
  forbidOnly: !!process.env.CI,
  expect: { timeout: 10_000 },
  reporter: [['list'], ['./fixtures/reasons.ts']],
  use: {
    browserName: 'chromium',
    headless: true,
    launchOptions: { executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', args: flags },
    locale: 'en-US',
    timezoneId: 'UTC',
    viewport: { width: 1280, height: 900 },
    permissions: ['clipboard-read', 'clipboard-write'],
    screenshot: 'only-on-failure',
    // Recording takes a good part of the time that a test takes.
    trace: process.env.MANDATE_TRACE === 'true' ? 'retain-on-failure' : 'off',
  },
  projects: [
    { name: 'sqlite' },
    ...(postgresUrl ? [{ name: 'postgres', testMatch: 'main-path.spec.ts', use: { postgresUrl } }] : []),
  ],
});
