import { type Page } from '@playwright/test';
import { hydrated, open } from '../fixtures/hydration.ts';
import { look } from '../fixtures/look.ts';
import { expect, test } from '../fixtures/test.ts';
import { addUser } from '../steps/users.ts';

const mark = (page: Page) => page.evaluate(() => void Object.assign(window, { mark: true }));
const isMarked = (page: Page) => page.evaluate(() => 'mark' in window);
const main = (page: Page, link: string) =>
  page.getByRole('navigation', { name: 'Main' }).getByRole('link', { name: link, exact: true });
const heading = (page: Page, name: string) => page.getByRole('heading', { name, level: 1, exact: true });

test('going from page to page loads no document', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  await open(ana, '/partner');
  await mark(ana);
  for (const page of ['Users', 'Domains', 'Partner relationships', 'Activity']) {
    await main(ana, page).click();
    await expect(heading(ana, page)).toBeVisible();
    await expect(main(ana, page)).toHaveAttribute('aria-current', 'page');
  }
  await ana.goBack();
  await expect(heading(ana, 'Partner relationships')).toBeVisible();
  expect(await isMarked(ana)).toBe(true);
});

test('what was there stays while the next page is on its way, and a line says so after a while', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  await open(ana, '/partner');
  const progress = ana.getByRole('progressbar', { name: 'Loading' });
  await expect(progress).toBeHidden();
  let answer = () => {};
  const answered = new Promise<void>((resolve) => (answer = resolve));
  await ana.route('**/api/users/list', async (route) => {
    await answered;
    await route.continue();
  });
  await main(ana, 'Users').click();
  await expect(progress).toBeVisible();
  await expect(heading(ana, 'Partner overview')).toBeVisible();
  await look(ana, 'loading');
  answer();
  await expect(heading(ana, 'Users')).toBeVisible();
  await expect(progress).toBeHidden();
});

test('going back leads to the place on the page where one was', async ({ signedIn }) => {
  const mia = await signedIn('mia');
  await mia.setViewportSize({ width: 800, height: 300 });
  for (const number of [1, 2, 3, 4]) {
    await addUser(mia, '', { first: 'Person', last: `${number}`, userName: `person${number}` });
  }
  await open(mia, '/users');
  const last = mia.getByRole('link', { name: 'Person 4', exact: true });
  await last.scrollIntoViewIfNeeded();
  const place = () => mia.evaluate(() => window.scrollY);
  await expect.poll(place).toBeGreaterThan(50);
  // Two frames: the browser tells of scrolling before each.
  await mia.evaluate(() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done))));
  const before = await place();
  await mark(mia);
  await last.click();
  await expect(heading(mia, 'Person 4')).toBeVisible();
  await expect.poll(place).toBe(0);
  await mia.goBack();
  await expect(heading(mia, 'Users')).toBeVisible();
  await expect.poll(place).toBe(before);
  expect(await isMarked(mia)).toBe(true);
});

test('a page that cannot be loaded can be tried again', async ({ signedIn, complaints }) => {
  complaints.allow(/ERR_FAILED|ERR_INTERNET_DISCONNECTED/, 'the network is cut');
  const ana = await signedIn('ana');
  await open(ana, '/partner');
  await mark(ana);
  await ana.route('**/api/users/list', (route) => route.abort());
  await main(ana, 'Users').click();
  await expect(ana.getByText(/The server did not answer/)).toBeVisible();
  await look(ana, 'page-failed');
  await ana.unroute('**/api/users/list');
  await ana.getByRole('button', { name: 'Try again', exact: true }).click();
  await expect(heading(ana, 'Users')).toBeVisible();
  expect(await isMarked(ana)).toBe(true);
});

test('a form that does not get through keeps what was typed, and can be sent again', async ({ signedIn, complaints }) => {
  complaints.allow(/ERR_FAILED|ERR_INTERNET_DISCONNECTED/, 'the network is cut');
  const ana = await signedIn('ana');
  await open(ana, '/partner/offers/new');
  await ana.getByLabel('Offer name', { exact: true }).fill('Managed IT');
  await ana.getByLabel('Number of days', { exact: true }).fill('30');
  await ana.route('**/api/offers/create', (route) => route.abort());
  await ana.getByRole('button', { name: 'Create offer', exact: true }).click();
  const alert = ana.getByRole('alert');
  await expect(alert).toContainText('The server did not answer');
  await look(ana, 'offer-new-failed');
  await expect(ana.getByLabel('Offer name', { exact: true })).toHaveValue('Managed IT');
  await expect(ana.getByLabel('Number of days', { exact: true })).toHaveValue('30');
  await ana.unroute('**/api/offers/create');
  await alert.getByRole('button', { name: 'Try again', exact: true }).click();
  await expect(ana.getByLabel('Offer URL', { exact: true })).toBeVisible();
  await hydrated(ana);
  await expect(heading(ana, 'Managed IT')).toHaveCount(0);
  await expect(ana.getByRole('heading', { name: /^Managed IT/, level: 1 })).toBeVisible();
});

test('searching loads no document, and clearing it clears the field', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  await open(ana, '/users');
  await mark(ana);
  const search = ana.getByLabel('Search users', { exact: true });
  const table = ana.getByRole('table', { name: /^Users/ });
  await search.fill('leo');
  await search.press('Enter');
  await expect(ana).toHaveURL('/users?q=leo');
  await expect(table.getByRole('row')).toHaveCount(2);
  await expect(search).toHaveValue('leo');
  await expect(search).toBeFocused();
  await search.fill('nobody');
  await search.press('Enter');
  await ana.getByRole('link', { name: 'Clear search', exact: true }).click();
  await expect(ana).toHaveURL('/users');
  await expect(search).toHaveValue('');
  await ana.goBack();
  await expect(search).toHaveValue('nobody');
  await ana.goBack();
  await expect(table.getByRole('row')).toHaveCount(2);
  expect(await isMarked(ana)).toBe(true);
});
