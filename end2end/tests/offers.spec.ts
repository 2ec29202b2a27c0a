import type { Page } from '@playwright/test';
import { hydrated, open } from '../fixtures/hydration.ts';
import { PEOPLE } from '../fixtures/people.ts';
import { altered, postServerFn, recordPost, wasDone, type Post } from '../fixtures/posts.ts';
import { enterCredentials } from '../fixtures/sign-in.ts';
import { expect, test } from '../fixtures/test.ts';
import { authorize, consentHeading, createOffer, decline, offerUrl } from '../steps/offers.ts';

const damaged = (url: string) => url.slice(0, -5) + (url.at(-5) === 'A' ? 'B' : 'A') + url.slice(-4);

test('what is wrong stands beside its field, and what was typed stays', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  await createOffer(ana, 'Managed IT');
  await open(ana, '/partner/offers/new');
  const [name, days, link] = [
    ana.getByLabel('Offer name', { exact: true }),
    ana.getByLabel('Number of days', { exact: true }),
    ana.getByLabel('Link works for', { exact: true }),
  ];
  await expect(days).toHaveValue('365');
  await expect(link).toHaveValue('90');

  await name.fill('managed it');
  await days.fill('731');
  await link.fill('0');
  await ana.getByRole('button', { name: 'Create offer', exact: true }).click();
  await expect(days).toHaveAccessibleDescription(/Enter a whole number from 1 to 730/);
  await expect(days).toHaveAttribute('aria-invalid', 'true');
  await expect(link).toHaveAccessibleDescription(/Enter a whole number from 1 to 90/);
  await expect(name).toHaveValue('managed it');
  await expect(days).toHaveValue('731');
  await expect(link).toHaveValue('0');

  await hydrated(ana);
  await days.fill('30');
  await link.fill('7');
  await ana.getByRole('button', { name: 'Create offer', exact: true }).click();
  await expect(name).toHaveAccessibleDescription(/You have an offer of this name/);
  await expect(days).toHaveValue('30');

  await hydrated(ana);
  for (const role of await ana.getByRole('checkbox').all()) {
    await role.uncheck();
  }
  await name.fill('Passwords only');
  await ana.getByRole('button', { name: 'Create offer', exact: true }).click();
  await expect(ana.getByText('Choose at least one role').first()).toBeVisible();

  await hydrated(ana);
  await ana.getByRole('checkbox', { name: 'Password administrator', exact: true }).check();
  await ana.getByRole('button', { name: 'Create offer', exact: true }).click();
  await offerUrl(ana);
});

test('a URL can be copied where the browser gives no clipboard', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  await ana.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
  const url = await createOffer(ana, 'Managed IT');
  await ana.getByRole('button', { name: 'Copy URL', exact: true }).click();
  await expect(
    ana
      .getByRole('status')
      .filter({ hasText: 'Copied' })
      .first(),
  ).toBeAttached();
  await ana.getByLabel('Text', { exact: true }).fill('');
  await ana.keyboard.press('Control+V');
  await expect(ana.getByLabel('Text', { exact: true })).toHaveValue(url);
});

test('a new URL ends the old one, and a withdrawn offer says so', async ({ signedIn, visitor, complaints }) => {
  complaints.allowStatus(404, 'the link of an ended URL leads to nothing');
  complaints.allowStatus(410, 'a withdrawn offer is gone');
  const ana = await signedIn('ana');
  const first = await createOffer(ana, 'Managed IT');
  await ana.getByRole('button', { name: 'New URL', exact: true }).click();
  await expect(ana.getByLabel('Offer URL', { exact: true })).not.toHaveValue(first);
  const second = await offerUrl(ana);

  const customer = await visitor();
  await open(customer, first);
  await expect(customer.getByRole('heading', { name: consentHeading() })).toHaveCount(0);
  await open(customer, second);
  await expect(customer.getByRole('heading', { name: consentHeading() })).toBeVisible();

  await ana.getByRole('button', { name: 'Withdraw offer', exact: true }).first().click();
  await ana
    .getByRole('dialog')
    .getByRole('button', { name: /^Withdraw/ })
    .click();
  await expect(ana.getByText('Withdrawn', { exact: true })).toBeVisible();
  await expect(ana.getByLabel('Offer URL', { exact: true })).toHaveCount(0);
  await open(customer, second);
  await expect(customer.getByRole('heading', { level: 1 })).toContainText(/withdrawn/);
  await expect(customer.getByRole('main')).toContainText('Fabrikam Partners');
  await open(ana, '/partner');
  await expect(ana.getByRole('row', { name: /Managed IT/ })).toContainText('Withdrawn');
});

test('a damaged and an unknown link answer alike', async ({ signedIn, page, complaints }) => {
  complaints.allowStatus(404, 'such a link leads to nothing');
  const url = await createOffer(await signedIn('ana'), 'Managed IT');
  const answers = [];
  for (const link of [damaged(url), url.replace(/[^/]+$/, 'A'.repeat(64)), url.replace(/[^/]+$/, 'x')]) {
    const status = await open(page, link);
    answers.push({ status, text: await page.getByRole('main').innerText() });
  }
  expect(answers[1]).toEqual(answers[0]);
  expect(answers[2]).toEqual(answers[0]);
});

test('who may not decide reads why, and who may', async ({ signedIn }) => {
  const [ana, tom] = [await signedIn('ana'), await signedIn('tom')];
  const url = await createOffer(ana, 'Managed IT');
  for (const page of [ana, tom]) {
    await open(page, url);
    await expect(page.getByRole('button', { name: 'Authorize', exact: true })).toHaveCount(0);
    await expect(page.getByRole('button', { name: 'Decline', exact: true })).toHaveCount(0);
  }
  await expect(tom.getByRole('main')).toContainText('Mia Lindqvist');
  await expect(ana.getByRole('main')).toContainText('It cannot be accepted here');
});

test('only who may manage offers sees and makes them', async ({ signedIn, complaints }) => {
  complaints.allowStatus(403, 'leo may not send offers');
  complaints.allowStatus(404, 'a customer has no partner pages');
  const ana = await signedIn('ana');
  await createOffer(ana, 'Managed IT');
  const offer = new URL(ana.url()).pathname;
  const leo = await signedIn('leo');
  await open(leo, '/partner');
  await expect(leo.getByRole('link', { name: 'Send delegated administration offers' })).toHaveCount(0);
  expect(await open(leo, '/partner/offers/new')).toBe(403);
  expect(await open(leo, offer)).toBe(403);
  const mia = await signedIn('mia');
  expect(await open(mia, '/partner')).toBe(404);
  expect(await open(mia, '/partner/offers/new')).toBe(404);
  expect(await open(await signedIn('pia'), offer)).toBe(404);
});

test('offers are made, renewed and withdrawn by those alone who may', async ({ signedIn, visitor, baseURL }) => {
  const ana = await signedIn('ana');
  const creating = await recordPost(ana, 'offers/create', () => createOffer(ana, 'Managed IT'));
  const url = await offerUrl(ana);
  const renewing = await recordPost(ana, 'offers/renew-url', () =>
    ana.getByRole('button', { name: 'New URL', exact: true }).click(),
  );
  await expect(ana.getByLabel('Offer URL', { exact: true })).not.toHaveValue(url);
  const renewed = await offerUrl(ana);
  const withdrawing = { ...renewing, path: '/api/offers/withdraw' };
  const forged = altered(creating, { name: 'Forged' });

  const doneBy = async (page: Page, post: Post) => wasDone(await postServerFn(page.request, baseURL ?? '', post));
  for (const page of [await signedIn('leo'), await signedIn('kim'), await signedIn('mia'), await visitor()]) {
    for (const post of [renewing, withdrawing, forged]) {
      expect(await doneBy(page, post), post.path).toBe(false);
    }
  }
  // Another partner makes offers of its own, and has no hand in these.
  const pia = await signedIn('pia');
  for (const post of [renewing, withdrawing]) {
    expect(await doneBy(pia, post), post.path).toBe(false);
  }
  await ana.reload();
  expect(await offerUrl(ana)).toBe(renewed);
});

test('declining tells the partner, and can be changed', async ({ signedIn, mailbox }) => {
  const [ana, nora] = [await signedIn('ana'), await signedIn('nora')];
  const url = await createOffer(ana, 'Managed IT');
  await open(nora, url);
  await decline(nora, 'We have a partner.\nAsk again in spring.');
  await expect(nora.getByText(/declined/i).first()).toBeVisible();
  const mail = await mailbox.waitFor({ to: PEOPLE.ana, subject: /^Northwind Traders declined Fabrikam Partners$/ });
  expect(mail.text.replaceAll('\r\n', '\n')).toContain('> We have a partner.\n> Ask again in spring.');
  await open(ana, '/partner');
  await expect(ana.getByRole('link', { name: 'Northwind Traders', exact: true })).toHaveCount(0);

  await authorize(nora, url);
  await open(ana, '/partner');
  await expect(ana.getByRole('link', { name: 'Northwind Traders', exact: true })).toBeVisible();
});

test('two tabs authorize at once: one grant, and no error', async ({ signedIn }) => {
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  const url = await createOffer(ana, 'Managed IT');
  const tabs = [mia, await mia.context().newPage()];
  for (const tab of tabs) {
    await open(tab, url);
  }
  await Promise.all(tabs.map((tab) => tab.getByRole('button', { name: 'Authorize', exact: true }).click()));
  for (const tab of tabs) {
    await expect(tab).toHaveURL('/partners');
    await expect(tab.getByRole('heading', { name: /^Fabrikam Partners/ })).toHaveCount(1);
    await expect(tab.getByRole('alert')).toHaveCount(0);
  }
  await open(mia, '/activity');
  await expect(mia.getByRole('row', { name: /authorized/i })).toHaveCount(1);

  await open(mia, url);
  await expect(mia.getByRole('button', { name: 'Authorize', exact: true })).toHaveCount(0);
  await expect(mia.getByRole('main')).toContainText(/authorized/);
});

test('a second offer shows what changes, and takes the place of the first', async ({ signedIn }) => {
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  await authorize(mia, await createOffer(ana, 'First', ['Directory reader', 'User administrator']));
  const second = await createOffer(ana, 'Second', ['Directory reader', 'Domain administrator']);
  await open(mia, second);
  const change = mia.getByRole('region', { name: /^What changes/ });
  await expect(change.getByRole('listitem').filter({ hasText: 'Directory reader' })).toContainText('stays');
  await expect(change.getByRole('listitem').filter({ hasText: 'Domain administrator' })).toContainText('new');
  await expect(change.getByRole('listitem').filter({ hasText: 'User administrator' })).toContainText('goes');
  await authorize(mia, second);
  await expect(mia.getByRole('heading', { name: /^Fabrikam Partners/ })).toHaveCount(1);
  await open(ana, '/partner');
  await expect(ana.getByRole('row', { name: /Contoso/ })).toHaveCount(1);
});

test('the message reads as the partner wants it', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  const url = await createOffer(ana, 'Ümlaut & “quotes” + plus');
  const text = ana.getByLabel('Text', { exact: true });
  const link = ana.getByRole('link', { name: 'Open in email', exact: true });
  await text.fill(`Grüße & mehr: 50 %\n\n${url}`);
  await expect
    .poll(async () => new URL((await link.getAttribute('href')) ?? '').searchParams.get('body'))
    .toBe(`Grüße & mehr: 50 %\r\n\r\n${url}`);
  await text.fill(`${'ü'.repeat(3000)}\n${url}`);
  await expect.poll(async () => ((await link.getAttribute('href')) ?? '').length).toBeLessThanOrEqual(1900);
  expect(new URL((await link.getAttribute('href')) ?? '').searchParams.get('body')).toContain(url);
});

test('signing in by the header leads back to the offer', async ({ signedIn, page }) => {
  const url = await createOffer(await signedIn('ana'), 'Managed IT');
  await open(page, url);
  await page.getByRole('link', { name: 'Sign in', exact: true }).click();
  await enterCredentials(page, PEOPLE.mia);
  await expect(page.getByRole('heading', { name: consentHeading(), level: 1 })).toBeVisible();
});
