import { type Page } from '@playwright/test';
import { open } from '../fixtures/hydration.ts';
import { expect, test } from '../fixtures/test.ts';
import { authorize, createOffer, decline } from '../steps/offers.ts';
import { askToRemove } from '../steps/partners.ts';

// What the product promises, and what the test's own clicks may take.
const SOON = { timeout: 2_000 };

const customers = (page: Page) => page.getByRole('table', { name: 'Customers' });
const offers = (page: Page) => page.getByRole('table', { name: 'Offers' });

/** Marks the document: a page that was loaded anew has lost the mark. */
const mark = (page: Page) => page.evaluate(() => void Object.assign(window, { mark: true }));
const isMarked = (page: Page) => page.evaluate(() => 'mark' in window);

/** Until the page is told of news. */
const follows = (page: Page) => page.waitForRequest((request) => new URL(request.url()).pathname === '/events');

async function openFollowed(page: Page, path: string): Promise<void> {
  await Promise.all([follows(page), open(page, path)]);
  await mark(page);
}

test('both sides see a consent and its end without loading anew', async ({ signedIn }) => {
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  const url = await createOffer(ana, 'Managed IT');
  const offerPage = new URL(ana.url()).pathname;
  const [offer, activity] = [await ana.context().newPage(), await ana.context().newPage()];
  const [partners, theirActivity] = [await mia.context().newPage(), await mia.context().newPage()];
  await openFollowed(ana, '/partner');
  await openFollowed(offer, offerPage);
  await openFollowed(activity, '/activity');
  await openFollowed(partners, '/partners');
  await openFollowed(theirActivity, '/activity');
  const pages = [ana, offer, activity, partners, theirActivity];

  await authorize(mia, url);
  await expect(customers(ana).getByRole('link', { name: 'Contoso', exact: true })).toBeVisible(SOON);
  await expect(offers(ana).getByRole('row', { name: /Managed IT/ }).getByRole('cell').nth(2)).toHaveText('1 authorized', SOON);
  await expect(offer.getByRole('region', { name: /^Answers/ })).toContainText('Contoso', SOON);
  await expect(offer.getByText('1 authorized, 0 declined', { exact: true })).toBeVisible(SOON);
  await expect(activity.getByRole('row', { name: /authorized/i })).toBeVisible(SOON);
  await expect(partners.getByRole('heading', { name: /^Fabrikam Partners/ })).toBeVisible(SOON);
  await expect(theirActivity.getByRole('row', { name: /authorized/i })).toBeVisible(SOON);

  const dialog = await askToRemove(mia, 'Fabrikam Partners');
  await dialog.getByRole('button', { name: 'Remove Fabrikam Partners', exact: true }).click();
  await expect(mia.getByText(/was removed and has no access any more/)).toBeVisible();
  await expect(customers(ana)).toHaveCount(0, SOON);
  await expect(ana.getByText('No customers yet', { exact: true })).toBeVisible(SOON);
  await expect(partners.getByText('No partners', { exact: true })).toBeVisible(SOON);
  await expect(theirActivity.getByRole('row', { name: /removed/i }).first()).toBeVisible(SOON);
  for (const page of pages) {
    expect(await isMarked(page), page.url()).toBe(true);
  }
});

test('a decline shows, and is read out', async ({ signedIn }) => {
  const [ana, nora] = [await signedIn('ana'), await signedIn('nora')];
  const url = await createOffer(ana, 'Managed IT');
  await openFollowed(ana, new URL(ana.url()).pathname);
  await open(nora, url);
  await decline(nora, 'We have a partner.');
  await expect(ana.getByRole('region', { name: /^Answers/ })).toContainText('We have a partner.', SOON);
  await expect(ana.locator('[aria-live=polite]', { hasText: 'The offer has changed' })).toBeAttached();
});

test('what is being written stays, and so does the focus', async ({ signedIn }) => {
  const [ana, mia, nora] = [await signedIn('ana'), await signedIn('mia'), await signedIn('nora')];
  const url = await createOffer(ana, 'Managed IT');
  await openFollowed(ana, new URL(ana.url()).pathname);
  const [subject, text] = [ana.getByLabel('Subject', { exact: true }), ana.getByLabel('Text', { exact: true })];
  await subject.fill('About our offer');
  await text.fill('Dear Mia,');
  await text.press('End');
  await authorize(mia, url);
  await expect(ana.getByRole('region', { name: /^Answers/ })).toContainText('Contoso', SOON);
  await expect(text).toBeFocused();
  await ana.keyboard.type(' how are you?');
  await expect(text).toHaveValue('Dear Mia, how are you?');
  await expect(subject).toHaveValue('About our offer');
  expect(decodeURIComponent((await ana.getByRole('link', { name: 'Open in email' }).getAttribute('href')) ?? '')).toContain(
    'how are you?',
  );

  await ana.getByRole('button', { name: 'Withdraw offer', exact: true }).click();
  await open(nora, url);
  await decline(nora, 'No.');
  await expect(ana.getByText('1 authorized, 1 declined', { exact: true })).toBeVisible(SOON);
  await expect(ana.getByRole('dialog')).toBeVisible();
  await expect(text).toHaveValue('Dear Mia, how are you?');

  await openFollowed(ana, '/partner');
  await ana.getByLabel('Search customers', { exact: true }).fill('Contos');
  await authorize(nora, url);
  await expect(customers(ana).getByRole('link', { name: 'Northwind Traders', exact: true })).toBeVisible(SOON);
  await expect(ana.getByLabel('Search customers', { exact: true })).toHaveValue('Contos');
  await expect(ana.getByLabel('Search customers', { exact: true })).toBeFocused();
});

test('a question that is open stays open', async ({ signedIn }) => {
  const [ana, pia, mia] = [await signedIn('ana'), await signedIn('pia'), await signedIn('mia')];
  await authorize(mia, await createOffer(ana, 'Managed IT'));
  const second = await createOffer(pia, 'Accounts');
  const question = await mia.context().newPage();
  await Promise.all([follows(question), askToRemove(question, 'Fabrikam Partners')]);
  await authorize(mia, second);
  await expect(question.getByRole('heading', { name: /^Tailspin Partners/, includeHidden: true })).toBeVisible(SOON);
  await expect(question.getByRole('dialog')).toBeVisible();
  await question.getByRole('dialog').getByRole('button', { name: 'Remove Fabrikam Partners', exact: true }).click();
  await expect(question.getByText(/Fabrikam Partners was removed/)).toBeVisible();
});

test('a hidden page is not told, and catches up when it is seen', async ({ signedIn }) => {
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  const url = await createOffer(ana, 'Managed IT');
  await openFollowed(ana, '/partner');
  const show = (state: 'hidden' | 'visible') =>
    ana.evaluate((state) => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
      document.dispatchEvent(new Event('visibilitychange', { bubbles: true }));
    }, state);
  await show('hidden');
  // Another page of hers is seen: what this one shows, the hidden one could have been told.
  const seen = await ana.context().newPage();
  await openFollowed(seen, '/partner');
  await authorize(mia, url);
  await expect(customers(seen).getByRole('link', { name: 'Contoso', exact: true })).toBeVisible(SOON);
  await expect(customers(ana)).toHaveCount(0);
  await Promise.all([follows(ana), show('visible')]);
  await expect(customers(ana).getByRole('link', { name: 'Contoso', exact: true })).toBeVisible(SOON);
  expect(await isMarked(ana)).toBe(true);
});

test('a page follows on after the server was started anew', async ({ signedIn, server, complaints }) => {
  complaints.allow(/events/, 'the stream breaks off with its server');
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  const url = await createOffer(ana, 'Managed IT');
  await openFollowed(ana, '/partner');
  await server.restart();
  await authorize(mia, url);
  await expect(customers(ana).getByRole('link', { name: 'Contoso', exact: true })).toBeVisible({ timeout: 15_000 });
  expect(await isMarked(ana)).toBe(true);
});
