import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { hydrated, open } from '../fixtures/hydration.ts';
import { look } from '../fixtures/look.ts';
import { PASSWORD, PEOPLE, type Person } from '../fixtures/people.ts';
import { expect, test } from '../fixtures/test.ts';
import { readsPlainly } from '../fixtures/words.ts';
import { verificationCode } from '../steps/offers-for-one.ts';
import { offerUrl } from '../steps/offers.ts';
import {
  acceptSale,
  choosePlan,
  createPurchase,
  createTrial,
  delegation,
  fillLine,
  ofLine,
  reference,
  roles,
  total,
} from '../steps/sales.ts';

// Each page is looked at in two sizes and two schemes.
test.describe.configure({ timeout: 180_000 });

const aside = (page: Page) => page.getByRole('complementary', { name: 'About this offer' });
const heading = (page: Page, name: string) => page.getByRole('heading', { name, exact: true, level: 1 });
const press = (page: Page, name: string) => page.getByRole('button', { name, exact: true }).click();
const option = (page: Page, field: string, name: RegExp) =>
  page.getByLabel(field, { exact: true }).getByRole('option', { name });

/** Signs in where nothing runs in the browser. */
async function enter(page: Page, path: string, person: Person): Promise<void> {
  await page.goto(path);
  await page.getByLabel('User name', { exact: true }).fill(PEOPLE[person]);
  await page.getByLabel('Password', { exact: true }).fill(PASSWORD);
  await press(page, 'Sign in');
}

async function downloaded(page: Page, link: string): Promise<string[]> {
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: link, exact: true }).click();
  const text = await readFile(await (await download).path(), 'utf8');
  expect(text.startsWith('\uFEFF')).toBe(true);
  return text.slice(1).trimEnd().split('\r\n');
}

test('a trial invitation, as the form starts', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  await open(ana, '/partner');
  await ana.getByRole('link', { name: 'Create a trial invitation', exact: true }).click();
  await expect(heading(ana, 'Create a trial invitation')).toBeVisible();
  await hydrated(ana);
  await expect(delegation(ana)).toBeChecked();
  await expect(ana.getByLabel('Country', { exact: true })).toHaveValue('US');
  await expect(ana.getByLabel('Number of licenses', { exact: true })).toHaveValue('25');
  await expect(ana.getByLabel('Number of licenses', { exact: true })).toHaveAccessibleDescription(/From 1 to 300/);
  await look(ana, 'trial-new');
  await readsPlainly(ana);

  await press(ana, 'Create invitation');
  const url = await offerUrl(ana);
  const found = await reference(ana);
  expect(found).toMatch(/^T-/);
  await expect(ana.getByRole('heading', { level: 1 })).toContainText(`Device Management Basic trial, ${found}`);
  const lines = ana.getByRole('table', { name: 'What you offer', exact: true });
  await expect(lines.getByRole('row', { name: /Device Management Basic/ })).toContainText('25');
  await expect(ana.getByText(/^For 30 days from the day they start/)).toBeVisible();
  await expect(aside(ana)).toContainText('United States');
  await expect(aside(ana)).toContainText('One customer');
  await expect(aside(ana)).toContainText('License administrator');
  await expect(aside(ana)).toContainText('365 days from the day they authorize');

  const text = await ana.getByLabel('Text', { exact: true }).inputValue();
  expect(text).toContain('invites you to try this for 30 days');
  expect(text).toContain('- 25 licenses of Device Management Basic');
  expect(text).toContain('also asks to look after');
  expect(text).toContain(url);
  expect(text).not.toContain(await verificationCode(ana));
  await expect(ana.getByLabel('Subject', { exact: true })).toHaveValue(
    'Fabrikam Partners invites you to try Device Management Basic',
  );
  const mailto = await ana.getByRole('link', { name: 'Open in email', exact: true }).getAttribute('href');
  expect(decodeURIComponent(mailto ?? '')).toContain(url);
  expect((mailto ?? '').length).toBeLessThanOrEqual(1900);
  await look(ana, 'offer-trial');
  await readsPlainly(ana);

  await open(ana, '/partner');
  const row = ana.getByRole('table', { name: 'Offers', exact: true }).getByRole('row', { name: new RegExp(found) });
  await expect(row).toContainText(`Trial invitation, ${found}`);
  await look(ana, 'partner-sales');
});

test('a trial without delegated administration says that none is asked for', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  await open(ana, '/partner/trials/new');
  await expect(roles(ana)).toBeVisible();
  await delegation(ana).uncheck();
  await expect(roles(ana)).toBeHidden();
  await expect(ana.getByLabel('Number of days', { exact: true })).toBeHidden();
  await look(ana, 'trial-new-alone');
  await press(ana, 'Create invitation');
  await offerUrl(ana);
  await expect(aside(ana)).toContainText('None is asked for');
  await expect(aside(ana)).not.toContainText('administrator');
  expect(await ana.getByLabel('Text', { exact: true }).inputValue()).not.toContain('look after');
  await look(ana, 'offer-trial-alone');
});

test('the country decides which plans can be tried', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  await open(ana, '/partner/trials/new');
  const [country, licenses] = [
    ana.getByLabel('Country', { exact: true }),
    ana.getByLabel('Number of licenses', { exact: true }),
  ];
  await choosePlan(ana, 'Office Suite Enterprise');
  await expect(licenses).toHaveAccessibleDescription(/From 10 to 100,000/);
  await licenses.fill('40');
  await country.selectOption({ label: 'Japan' });
  await expect(option(ana, 'Plan', /^Office Suite Enterprise/)).toBeDisabled();
  await expect(option(ana, 'Plan', /^Office Suite Enterprise/)).toHaveText(/not offered in Japan/);
  await press(ana, 'Create invitation');
  await expect(ana.getByLabel('Plan', { exact: true })).toHaveAccessibleDescription(/Choose a plan/);
  await expect(licenses).toHaveValue('40');

  await hydrated(ana);
  await choosePlan(ana, 'Office Suite Business');
  await expect(licenses).toHaveValue('40');
  await press(ana, 'Create invitation');
  await offerUrl(ana);
  await expect(aside(ana)).toContainText('Japan');
});

test('what is wrong with a trial stands beside its field, and what was typed stays', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  await open(ana, '/partner/trials/new');
  const [licenses, link, words, email] = [
    ana.getByLabel('Number of licenses', { exact: true }),
    ana.getByLabel('Link works for', { exact: true }),
    ana.getByLabel('Your own words'),
    ana.getByLabel('Email of the addressee'),
  ];
  await licenses.fill('301');
  await link.fill('0');
  await words.fill('As agreed, Mia.');
  await email.fill('nobody@nowhere');
  await ana.getByRole('checkbox', { name: 'Domain administrator', exact: true }).uncheck();
  await press(ana, 'Create invitation');
  await expect(licenses).toHaveAccessibleDescription(/Enter a number from 1 to 300/);
  await expect(licenses).toHaveAttribute('aria-invalid', 'true');
  await expect(link).toHaveAccessibleDescription(/Enter a whole number from 1 to 90/);
  await expect(email).toHaveAttribute('aria-invalid', 'true');
  await expect(licenses).toHaveValue('301');
  await expect(link).toHaveValue('0');
  await expect(words).toHaveValue('As agreed, Mia.');
  await expect(ana.getByRole('checkbox', { name: 'Domain administrator', exact: true })).not.toBeChecked();
  await look(ana, 'trial-new-refused');

  await hydrated(ana);
  await licenses.fill('300');
  await link.fill('7');
  await email.fill('');
  await licenses.press('Enter');
  await offerUrl(ana);
  await expect(ana.getByRole('table', { name: 'What you offer', exact: true })).toContainText('300');
  await expect(ana.getByLabel('Text', { exact: true })).toHaveValue(/^Hello,\n\nAs agreed, Mia\./);
  await expect(aside(ana)).not.toContainText('Domain administrator');
});

test('a purchase offer of several lines, with its total', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  await open(ana, '/partner');
  await ana.getByRole('link', { name: 'Create a purchase offer', exact: true }).click();
  await expect(heading(ana, 'Create a purchase offer')).toBeVisible();
  await hydrated(ana);
  await expect(delegation(ana)).toBeChecked();
  await expect(ana.getByLabel('Currency', { exact: true })).toHaveValue('USD');
  await expect(total(ana)).toContainText('Total USD 5.00');
  await look(ana, 'purchase-new');
  await readsPlainly(ana);

  await fillLine(ana, 1, { plan: 'Office Suite Business', licenses: '10', term: 'Yearly' });
  await expect(ana.getByRole('group', { name: 'Line 1', exact: true })).toContainText(
    'USD 125.00 per license and year, USD 1,250.00 together',
  );
  await expect(total(ana)).toContainText('Total USD 1,250.00');
  await press(ana, 'Add line');
  await expect(ofLine(ana, 'Plan', 2)).toBeFocused();
  await fillLine(ana, 2, { plan: 'Device Management Premium', licenses: '7', term: 'Monthly' });
  await expect(total(ana)).toContainText('Total USD 1,319.30');
  await expect(total(ana)).toContainText('For one term of each line');
  await press(ana, 'Add line');
  await ofLine(ana, 'Licenses', 3).fill('');
  await expect(total(ana)).toContainText('a line is not complete');
  await look(ana, 'purchase-new-lines');
  await press(ana, 'Remove line 1');
  await expect(ofLine(ana, 'Plan', 1).locator('option:checked')).toHaveText('Device Management Premium');
  await expect(ana.getByRole('button', { name: 'Add line', exact: true })).toBeFocused();
  await press(ana, 'Remove line 2');
  await expect(ana.getByRole('button', { name: /^Remove line/ })).toHaveCount(0);
  await expect(total(ana)).toContainText('Total USD 69.30');

  await press(ana, 'Add line');
  await fillLine(ana, 2, { plan: 'Office Suite Business', licenses: '1000', term: 'Yearly' });
  await ana.getByLabel('Your reference').fill('Q-17');
  await press(ana, 'Create offer');
  await expect(ofLine(ana, 'Licenses', 2)).toHaveAccessibleDescription(/Enter a number from 1 to 300/);
  await expect(ofLine(ana, 'Licenses', 2)).toHaveValue('1000');
  await expect(ofLine(ana, 'Licenses', 1)).not.toHaveAttribute('aria-invalid', 'true');
  await expect(ana.getByLabel('Your reference')).toHaveValue('Q-17');
  await look(ana, 'purchase-new-refused');

  await hydrated(ana);
  await ofLine(ana, 'Licenses', 2).fill('100');
  await expect(total(ana)).toContainText('Total USD 12,569.30');
  await press(ana, 'Create offer');
  const url = await offerUrl(ana);
  const found = await reference(ana);
  expect(found).toMatch(/^P-/);
  const lines = ana.getByRole('table', { name: 'What you offer', exact: true });
  await expect(lines.getByRole('row', { name: /Device Management Premium/ })).toContainText('USD 9.90');
  await expect(lines.getByRole('row', { name: /Office Suite Business/ })).toContainText('USD 12,500.00');
  await expect(ana.getByRole('main')).toContainText('USD 12,569.30');
  await expect(aside(ana)).toContainText('Q-17');
  const text = await ana.getByLabel('Text', { exact: true }).inputValue();
  expect(text.replaceAll('\u00a0', ' ')).toContain('Total: USD 12,569.30');
  expect(text).toContain(url);
  await look(ana, 'offer-purchase');
  await readsPlainly(ana);
});

test('prices are of one currency, and a plan without one says so', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  await open(ana, '/partner/purchases/new');
  await fillLine(ana, 1, { plan: 'Office Suite Business', licenses: '3' });
  await ana.getByLabel('Currency', { exact: true }).selectOption('JPY');
  await expect(option(ana, 'Plan of line 1', /^Office Suite Business/)).toHaveText(/no price in JPY/);
  await expect(ana.getByRole('group', { name: 'Line 1', exact: true })).toContainText('no such price in JPY');
  await expect(total(ana)).toContainText('a line is not complete');
  await look(ana, 'purchase-new-no-price');
  await press(ana, 'Create offer');
  await expect(ofLine(ana, 'Plan', 1)).toHaveAttribute('aria-invalid', 'true');

  await hydrated(ana);
  await fillLine(ana, 1, { plan: 'Device Management Basic', licenses: '3' });
  // Nothing stands after the point where there are no smaller coins.
  await expect(total(ana)).toContainText(/Total JPY\s2,250$/);
  await delegation(ana).uncheck();
  await press(ana, 'Create offer');
  await offerUrl(ana);
  await expect(aside(ana)).toContainText('None is asked for');
  await expect(ana.getByRole('main')).toContainText('JPY 2,250');
});

test('money is written in the reader’s way', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  await open(ana, '/account');
  await ana.getByLabel('Language for dates and numbers', { exact: true }).selectOption({ label: 'Deutsch' });
  await press(ana, 'Save');
  await expect(ana.getByText('Saved.')).toBeVisible();
  await open(ana, '/partner/purchases/new');
  await expect(ana.getByLabel('Currency', { exact: true })).toHaveValue('EUR');
  await fillLine(ana, 1, { plan: 'Office Suite Business', licenses: '100', term: 'Yearly' });
  await expect(total(ana)).toContainText('Total 11.700,00 EUR');
  await open(ana, '/partner/trials/new');
  await expect(ana.getByLabel('Country', { exact: true })).toHaveValue('DE');
});

test('an offer is found by its reference', async ({ signedIn }) => {
  const [ana, pia] = [await signedIn('ana'), await signedIn('pia')];
  await createTrial(ana, { name: 'For Contoso', addressedTo: 'contoso.example' });
  const [offer, found] = [new URL(ana.url()).pathname, await reference(ana)];
  await createTrial(pia);
  const field = (page: Page) => page.getByLabel('Find by reference', { exact: true });
  await open(ana, '/partner');
  await field(ana).fill(` ${found.toLowerCase()} `);
  await press(ana, 'Find offer');
  await expect(ana).toHaveURL(offer);
  await expect(ana.getByRole('heading', { level: 1 })).toContainText('For Contoso');
  await expect(aside(ana)).toContainText('contoso.example');

  await open(pia, '/partner');
  await field(pia).fill(found);
  await press(pia, 'Find offer');
  await expect(field(pia)).toHaveAccessibleDescription(/You have no offer with this reference/);
  await expect(field(pia)).toHaveValue(found);
  await look(pia, 'partner-find-refused');
});

test('only who may manage offers makes them', async ({ signedIn, complaints }) => {
  complaints.allowStatus(403, 'leo may not send offers');
  complaints.allowStatus(404, 'a customer has no partner pages');
  const [ana, leo, mia] = [await signedIn('ana'), await signedIn('leo'), await signedIn('mia')];
  await createTrial(ana);
  for (const path of ['/partner/trials/new', '/partner/purchases/new']) {
    expect(await open(leo, path)).toBe(403);
    expect(await open(mia, path)).toBe(404);
  }
  expect(await open(mia, '/partner/subscriptions')).toBe(404);
  expect(await open(ana, '/partner/purchases/new?converts=01890000-0000-7000-8000-000000000000')).toBe(404);
  await open(leo, '/partner');
  await expect(leo.getByRole('link', { name: 'Create a trial invitation' })).toHaveCount(0);
  await expect(leo.getByRole('link', { name: 'Create a purchase offer' })).toHaveCount(0);
  await leo.getByRole('link', { name: 'Subscriptions and orders', exact: true }).click();
  await expect(heading(leo, 'Subscriptions and orders')).toBeVisible();
});

test('a trial is sold, and converted to paid', async ({ signedIn, complaints }) => {
  complaints.allowStatus(404, 'a trial that was converted is not converted again');
  const [ana, mia, pia] = [await signedIn('ana'), await signedIn('mia'), await signedIn('pia')];
  const sales = '/partner/subscriptions';
  await open(ana, sales);
  await expect(ana.getByRole('heading', { name: 'Nothing ordered yet' })).toBeVisible();
  await look(ana, 'sales-empty');

  const trial = await createTrial(ana, { plan: 'Office Suite Business', licenses: '12' });
  const trialReference = await reference(ana);
  await acceptSale(mia, trial, 'Start trial');
  await ana.reload();
  await expect(ana.getByText('Used up', { exact: true })).toBeVisible();
  await expect(ana.getByText('Accepted', { exact: true })).toBeVisible();
  await look(ana, 'offer-trial-accepted');

  await open(ana, sales);
  const trials = ana.getByRole('table', { name: 'Open trials', exact: true });
  const row = trials.getByRole('row', { name: /Contoso/ });
  await expect(row).toContainText('Office Suite Business');
  await expect(row).toContainText('0 of 12 assigned');
  await expect(row).toContainText('in 30 days');
  await expect(
    ana.getByRole('table', { name: 'Ending within 30 days', exact: true }).getByRole('row', { name: /Contoso/ }),
  ).toBeVisible();
  await expect(
    ana.getByRole('table', { name: 'Licenses used', exact: true }).getByRole('row', { name: /Contoso/ }),
  ).toContainText('12');
  const orders = ana.getByRole('table', { name: 'Orders', exact: true });
  await expect(orders.getByRole('row', { name: new RegExp(trialReference) })).toContainText('Trial');
  await look(ana, 'sales');
  await readsPlainly(ana);

  await row.getByRole('link', { name: /^Convert to paid/ }).click();
  await expect(heading(ana, 'Create a purchase offer')).toBeVisible();
  await hydrated(ana);
  const convert = ana.url();
  await expect(ana.getByRole('main')).toContainText('turns the trial of Office Suite Business at Contoso into');
  await expect(ofLine(ana, 'Plan', 1).locator('option:checked')).toHaveText('Office Suite Business');
  await expect(ofLine(ana, 'Licenses', 1)).toHaveValue('12');
  await expect(ana.getByLabel('Domain or user name')).toHaveValue('contoso.example');
  await look(ana, 'purchase-new-converting');
  await fillLine(ana, 1, { term: 'Yearly' });
  await ana.getByLabel('Your reference').fill('Q-18');
  await press(ana, 'Create offer');
  const purchase = await offerUrl(ana);
  await expect(aside(ana)).toContainText('in place of a trial');
  await acceptSale(mia, purchase, 'Place order');

  await open(ana, sales);
  await expect(ana.getByText('No trial is open.')).toBeVisible();
  await expect(orders.getByRole('row', { name: /Q-18/ })).toContainText('USD 1,500.00');
  await expect(orders.locator('tbody').getByRole('row')).toHaveCount(2);
  await look(ana, 'sales-converted');
  expect(await open(ana, convert)).toBe(404);

  await open(ana, sales);
  const ordered = await downloaded(ana, 'Download orders');
  expect(ordered).toHaveLength(3);
  expect(ordered[1]).toMatch(/^ORD-[0-9A-Z]+,Contoso,Purchase,P-[0-9A-Z]{6},Q-18,USD,1500\.00,/);
  const subscriptions = await downloaded(ana, 'Download subscriptions');
  expect(subscriptions).toHaveLength(3);
  expect(subscriptions.join('\n')).toMatch(/Contoso,Office Suite Business,Trial,,12,0,.*,Converted,/);
  expect(subscriptions.join('\n')).toMatch(/Contoso,Office Suite Business,Purchase,Yearly,12,0,.*,Active,/);

  // Another partner sees nothing of it.
  await open(pia, sales);
  await expect(pia.getByRole('heading', { name: 'Nothing ordered yet' })).toBeVisible();
  expect(await open(pia, convert)).toBe(404);
});

test('what a partner may not manage, it sees', async ({ signedIn }) => {
  const [ana, leo, mia] = [await signedIn('ana'), await signedIn('leo'), await signedIn('mia')];
  await acceptSale(mia, await createTrial(ana), 'Start trial');
  await open(leo, '/partner/subscriptions');
  await expect(
    leo.getByRole('table', { name: 'Open trials', exact: true }).getByRole('row', { name: /Contoso/ }),
  ).toBeVisible();
  await expect(leo.getByRole('link', { name: /^Convert to paid/ })).toHaveCount(0);
});

test.describe('without JavaScript', () => {
  test.beforeEach(({ complaints }) => {
    complaints.allow(/mandate\.\S+\.wasm was preloaded .* but not used/, 'nothing runs it where JavaScript is off');
  });

  test('a trial for another country', async ({ visitor }) => {
    const ana = await visitor({ javaScriptEnabled: false });
    await enter(ana, '/partner/trials/new', 'ana');
    await expect(heading(ana, 'Create a trial invitation')).toBeVisible();
    await ana.getByLabel('Your own words').fill('As agreed, Mia.');
    await ana.getByLabel('Country', { exact: true }).selectOption({ label: 'Japan' });
    await press(ana, 'Show its plans');
    await expect(ana.getByLabel('Country', { exact: true })).toHaveValue('JP');
    await expect(option(ana, 'Plan', /^Office Suite Enterprise/)).toBeDisabled();
    await expect(ana.getByLabel('Your own words')).toHaveValue('As agreed, Mia.');
    await expect(delegation(ana)).toBeChecked();
    await expect(ana.getByRole('alert')).toHaveCount(0);
    expect(ana.url()).not.toContain('agreed');

    await delegation(ana).uncheck();
    await expect(roles(ana)).toBeHidden();
    await ana.getByLabel('Number of licenses', { exact: true }).fill('0');
    await press(ana, 'Create invitation');
    await expect(ana.getByRole('alert')).toBeVisible();
    await expect(ana.getByLabel('Number of licenses', { exact: true })).toHaveAccessibleDescription(/from 1 to 300/);
    await expect(ana.getByLabel('Number of licenses', { exact: true })).toHaveValue('0');
    await expect(delegation(ana)).not.toBeChecked();
    await ana.getByLabel('Number of licenses', { exact: true }).fill('9');
    // The first button of a form is pressed by this key.
    await ana.getByLabel('Number of licenses', { exact: true }).press('Enter');
    await expect(ana.getByLabel('Offer URL', { exact: true })).toBeVisible();
    await expect(aside(ana)).toContainText('Japan');
    await expect(aside(ana)).toContainText('None is asked for');
  });

  test('lines come and go, and keep what was typed', async ({ visitor }) => {
    const ana = await visitor({ javaScriptEnabled: false });
    await enter(ana, '/partner/purchases/new', 'ana');
    await expect(heading(ana, 'Create a purchase offer')).toBeVisible();
    await ana.getByLabel('Your reference').fill('Q-17');
    await fillLine(ana, 1, { plan: 'Office Suite Business', licenses: '10', term: 'Yearly' });
    await press(ana, 'Add line');
    await expect(ofLine(ana, 'Plan', 1).locator('option:checked')).toHaveText('Office Suite Business');
    await expect(ofLine(ana, 'Term', 1)).toHaveValue('yearly');
    await expect(ofLine(ana, 'Licenses', 2)).toHaveValue('1');
    await expect(ana.getByLabel('Your reference')).toHaveValue('Q-17');
    await expect(total(ana)).toContainText('Total USD 1,255.00');
    await fillLine(ana, 2, { plan: 'Device Management Premium', licenses: '7' });
    await press(ana, 'Show the total');
    await expect(total(ana)).toContainText('Total USD 1,319.30');
    await press(ana, 'Add line');
    await expect(ana.getByRole('group', { name: 'Line 3', exact: true })).toBeVisible();
    await press(ana, 'Remove line 1');
    await expect(ana.getByRole('group', { name: 'Line 3', exact: true })).toHaveCount(0);
    await expect(ofLine(ana, 'Licenses', 1)).toHaveValue('7');
    await fillLine(ana, 2, { plan: 'Office Suite Business', licenses: 'many', term: 'Yearly' });
    await press(ana, 'Create offer');
    await expect(ana.getByRole('alert')).toBeVisible();
    await expect(ofLine(ana, 'Licenses', 2)).toHaveAccessibleDescription(/Enter a number from 1 to 300/);
    await expect(ofLine(ana, 'Licenses', 2)).toHaveValue('many');
    await expect(ofLine(ana, 'Licenses', 1)).toHaveValue('7');
    await ofLine(ana, 'Licenses', 2).fill('100');
    await press(ana, 'Create offer');
    await expect(ana.getByLabel('Offer URL', { exact: true })).toBeVisible();
    await expect(ana.getByRole('main')).toContainText('USD 12,569.30');
    await expect(aside(ana)).toContainText('Q-17');
  });
});

test('a purchase offer is made as its form starts', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  await createPurchase(ana);
  expect(await reference(ana)).toMatch(/^P-/);
  await createPurchase(ana, { lines: [{ licenses: '2' }, { plan: 'Office Suite Business' }], delegation: false });
  await expect(ana.getByRole('main')).toContainText('USD 22.50');
});
