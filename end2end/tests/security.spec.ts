import { open } from '../fixtures/hydration.ts';
import { PASSWORD, PEOPLE } from '../fixtures/people.ts';
import { altered, postServerFn, recordPost } from '../fixtures/posts.ts';
import { signIn } from '../fixtures/sign-in.ts';
import { expect, test } from '../fixtures/test.ts';
import { openCustomer } from '../steps/customers.ts';
import { authorize, createOffer } from '../steps/offers.ts';
import { openUser } from '../steps/users.ts';

test('pages say how they may be used', async ({ request }) => {
  const nonces = new Set<string>();
  for (const path of ['/sign-in', '/sign-in', '/no-such-page']) {
    const response = await request.get(path);
    const headers = response.headers();
    const policy = headers['content-security-policy'] ?? '';
    const [, nonce = ''] = /'nonce-([^']+)'/.exec(policy) ?? [];
    expect(nonce.length).toBeGreaterThanOrEqual(16);
    nonces.add(nonce);
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).toContain("'strict-dynamic'");
    expect(policy).toContain("'wasm-unsafe-eval'");
    expect(policy).not.toContain("'unsafe-inline'");
    expect(policy).not.toContain("'unsafe-eval'");
    expect(headers['x-content-type-options']).toBe('nosniff');
    expect(headers['referrer-policy']).toBe('same-origin');
    expect(headers['cache-control']).toContain('no-store');
    const html = await response.text();
    expect(html).not.toMatch(/\sstyle=/);
    for (const [tag] of html.matchAll(/<script[^>]*>/g)) {
      expect(tag).toContain(`nonce="${nonce}"`);
    }
  }
  expect(nonces.size).toBe(3);
});

test('where a person comes first, the browser’s part is not sent', async ({ request, signedIn }) => {
  const url = await createOffer(await signedIn('ana'), 'Managed IT');
  for (const path of ['/sign-in', url]) {
    const html = await (await request.get(path)).text();
    expect(html).toContain('<h1');
    expect(html).not.toMatch(/<script[^>]*(src|module)/);
    expect(html).not.toContain('.wasm');
  }
});

test('hashed files are kept for good and sent compressed', async ({ request }) => {
  const html = await (await request.get('/no-such-page')).text();
  const files = [...new Set([...html.matchAll(/"(\/pkg\/[^"]+\.(?:js|css|wasm))"/g)].map(([, file]) => file ?? ''))];
  expect(files.map((file) => file.split('.').at(-1)).sort()).toEqual(['css', 'js', 'wasm']);
  for (const file of files) {
    const response = await request.get(file, { headers: { 'accept-encoding': 'br' } });
    expect(response.status(), file).toBe(200);
    expect(response.headers()['cache-control'], file).toContain('immutable');
    expect(response.headers()['content-encoding'], file).toBe('br');
  }
  expect((await request.get('/pkg/no-such-file.js')).status()).toBe(404);
});

test('the session’s cookie is out of reach of scripts and other sites', async ({ page }) => {
  await signIn(page, PEOPLE.mia);
  const cookies = await page.context().cookies();
  expect(cookies.length).toBeGreaterThan(0);
  for (const cookie of cookies) {
    expect(cookie, cookie.name).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  }
  expect(await page.evaluate(() => document.cookie)).toBe('');
});

test('another site cannot post for a person', async ({ signedIn, baseURL }) => {
  const ana = await signedIn('ana');
  const creating = await recordPost(ana, 'offers/create', () => createOffer(ana, 'Managed IT'));
  const forged = altered(creating, { name: 'Forged' });
  const fromElsewhere = [
    { origin: 'https://evil.example', 'sec-fetch-site': 'cross-site' },
    { origin: 'https://evil.example', 'sec-fetch-site': 'same-site' },
    { origin: 'null', 'sec-fetch-site': 'cross-site' },
  ];
  for (const headers of fromElsewhere) {
    const answer = await postServerFn(ana.request, baseURL ?? '', forged, headers);
    expect(answer.status(), JSON.stringify(headers)).toBe(403);
  }
  await open(ana, '/partner');
  await expect(ana.getByText('Forged')).toHaveCount(0);
});

test('a GET of a server function does nothing', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  const creating = await recordPost(ana, 'offers/create', () => createOffer(ana, 'Managed IT'));
  const query = new URLSearchParams(altered(creating, { name: 'By a GET' }).fields);
  const answer = await ana.request.get(`${creating.path}?${query}`, { maxRedirects: 0 });
  expect(answer.status()).toBeGreaterThanOrEqual(400);
  await open(ana, '/partner');
  await expect(ana.getByText('By a GET')).toHaveCount(0);
});

test('another company’s things answer as what does not exist', async ({ signedIn, complaints }) => {
  complaints.allowStatus(404, 'what is another’s is as what does not exist');
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  await authorize(mia, await createOffer(ana, 'Managed IT'));
  const place = await openCustomer(ana, 'Contoso');
  await openUser(ana, place, 'Tom Okafor');
  const tom = new URL(ana.url()).pathname.split('/').at(-1);
  const nobody = '01890000-0000-7000-8000-000000000000';

  for (const stranger of [await signedIn('nora'), await signedIn('pia')]) {
    const bodies = [];
    for (const path of [
      `/users/${tom}`,
      `/users/${nobody}`,
      `${place}/users`,
      `/customers/${nobody}/users`,
      `${place}/activity`,
    ]) {
      expect(await open(stranger, path), path).toBe(404);
      bodies.push((await stranger.getByRole('main').innerText()).replace(/Request \S+/, ''));
    }
    expect(new Set(bodies).size).toBe(1);
  }
});

test('a scanner may open the link a hundred times without effect', async ({ signedIn, playwright }) => {
  const ana = await signedIn('ana');
  const url = await createOffer(ana, 'Managed IT');
  const scanner = await playwright.request.newContext();
  for (let n = 0; n < 100; n += 1) {
    expect((await scanner.get(url)).ok()).toBe(true);
  }
  await scanner.dispose();

  await open(ana, '/partner');
  await expect(ana.getByRole('row', { name: /Managed IT/ })).toContainText('Open');
  await expect(ana.getByRole('link', { name: 'Contoso', exact: true })).toHaveCount(0);
  await open(ana, '/activity');
  await expect(ana.getByRole('table', { name: /^Activity/ }).getByRole('row')).toHaveCount(2);
  const mia = await signedIn('mia');
  await authorize(mia, url);
});

test('the log holds no secret', async ({ signedIn, server }) => {
  const started = server.log.length;
  const url = await createOffer(await signedIn('ana'), 'Managed IT');
  const mia = await signedIn('mia');
  await authorize(mia, url);
  const cookies = await mia.context().cookies();
  const secrets = [PASSWORD, url.slice(url.lastIndexOf('/') + 1), ...cookies.map(({ value }) => value)];
  for (const secret of secrets) {
    expect(server.log.slice(started)).not.toContain(secret);
  }
});
