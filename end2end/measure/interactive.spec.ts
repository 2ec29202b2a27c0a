import { test } from '@playwright/test';
import { hydrated, noticeHydration } from '../fixtures/hydration.ts';

const VISITS = 5;
const SLOWER = 4;
// 10 Mbit/s, and a line that takes 40 ms there and back.
const BYTES_PER_SECOND = 10_000_000 / 8;
const ROUND_TRIP_MS = 40;

test('until a page can be acted on, with nothing cached, on a slow machine and line', async ({ browser }) => {
  const { MEASURED_URL: url = '', MEASURED_SESSION: session = '' } = process.env;
  const times: number[] = [];
  for (let visit = 0; visit < VISITS; visit += 1) {
    const context = await browser.newContext();
    await noticeHydration(context);
    await context.addCookies([{ name: 'mandate-session', value: session, url }]);
    const page = await context.newPage();
    const devtools = await context.newCDPSession(page);
    await devtools.send('Emulation.setCPUThrottlingRate', { rate: SLOWER });
    await devtools.send('Network.enable');
    await devtools.send('Network.emulateNetworkConditions', {
      offline: false,
      latency: ROUND_TRIP_MS,
      downloadThroughput: BYTES_PER_SECOND,
      uploadThroughput: BYTES_PER_SECOND,
    });
    await page.goto(url);
    await hydrated(page);
    times.push(await page.evaluate(() => performance.now()));
    await context.close();
  }
  console.log(`milliseconds ${JSON.stringify(times)}`);
});
