import type { Page } from '@playwright/test';
import { hydrated, open } from '../fixtures/hydration.ts';
import { look } from '../fixtures/look.ts';
import { PEOPLE } from '../fixtures/people.ts';
import { altered, postServerFn, recordPost, wasDone } from '../fixtures/posts.ts';
import { expect, test } from '../fixtures/test.ts';
import { readsPlainly } from '../fixtures/words.ts';
import { openCustomer } from '../steps/customers.ts';
import { consentHeading, decline } from '../steps/offers.ts';
import { acceptSale, createPurchase, createTrial } from '../steps/sales.ts';
import { addUser, openUser } from '../steps/users.ts';

const heading = (page: Page) => page.getByRole('heading', { level: 1 });
const list = (page: Page) => page.getByRole('table', { name: 'Subscriptions', exact: true });
const rowOf = (page: Page, plan: string) => list(page).getByRole('row', { name: new RegExp(plan) });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });
const quantityOf = (page: Page, plan: string) => page.getByLabel(new RegExp(`^Quantity: licenses of ${plan}`));
const told = (page: Page, text: string) => expect(page.getByRole('status').filter({ hasText: text })).toBeVisible();

const MONTHLY = { term: 'Monthly' } as const;
const YEARLY = { term: 'Yearly' } as const;

/** Orders licenses of one plan for Contoso. */
async function order(ana: Page, mia: Page, plan: string, licenses: string): Promise<void> {
  const url = await createPurchase(ana, { currency: 'EUR', lines: [{ plan, licenses, ...MONTHLY }], delegation: false });
  await acceptSale(mia, url, 'Place order');
}

async function openSubscription(page: Page, plan: string): Promise<string> {
  await open(page, '/subscriptions');
  await list(page).getByRole('link', { name: plan, exact: true }).click();
  await expect(heading(page)).toContainText(plan);
  await hydrated(page);
  return new URL(page.url()).pathname.split('/').at(-1) ?? '';
}

async function choose(page: Page, names: string[]): Promise<void> {
  await open(page, '/users');
  for (const name of names) {
    await page.getByRole('checkbox', { name: `Choose ${name}`, exact: true }).check();
  }
  await button(page, 'Assign licenses').click();
  await expect(heading(page)).toHaveText('Assign licenses');
  await hydrated(page);
}

test('a purchase by a company that has an account, with changed quantities', async ({ signedIn, mailbox }) => {
  test.setTimeout(120_000);
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  const lines = [
    { plan: 'Office Suite Business', licenses: '10', ...MONTHLY },
    { plan: 'Device Management Premium', licenses: '25', ...YEARLY },
  ];
  const url = await createPurchase(ana, { currency: 'EUR', lines, reference: 'PO-2026-17' });
  const offer = ana.url();
  await open(mia, url);
  await expect(heading(mia)).toHaveText('Order from Fabrikam Partners');
  const main = mia.getByRole('main');
  const total = mia.locator('.total');
  await expect(total).toContainText(/EUR\s2,387\.00/);
  await look(mia, 'sale-purchase');
  await readsPlainly(mia);
  await quantityOf(mia, 'Office Suite Business').fill('12');
  await expect(main.getByRole('row', { name: /Office Suite Business/ })).toContainText(/EUR\s140\.40/);
  await expect(total).toContainText(/EUR\s2,410\.40/);
  await quantityOf(mia, 'Device Management Premium').fill('0');
  await expect(total).toContainText('–');
  await button(mia, 'Place order').click();
  const premium = quantityOf(mia, 'Device Management Premium');
  await expect(premium).toHaveAccessibleDescription(/Enter a number from 1 to 10000/);
  await expect(quantityOf(mia, 'Office Suite Business')).toHaveValue('12');
  await hydrated(mia);
  await look(mia, 'sale-purchase-refused');
  await premium.fill('20');
  await expect(total).toContainText(/EUR\s1,956\.40/);
  await mia.getByRole('checkbox', { name: consentHeading(), exact: true }).check();
  await button(mia, 'Place order').click();

  await expect(mia).toHaveURL('/subscriptions');
  await told(mia, 'Your order is placed. Fabrikam Partners sends the invoice.');
  await told(mia, 'Fabrikam Partners is your delegated administrator.');
  await expect(rowOf(mia, 'Office Suite Business')).toContainText('12 licenses');
  await expect(rowOf(mia, 'Office Suite Business')).toContainText('Monthly');
  await expect(rowOf(mia, 'Device Management Premium')).toContainText('20 licenses');
  await expect(rowOf(mia, 'Device Management Premium')).toContainText('Renews');
  await look(mia, 'subscriptions');
  await readsPlainly(mia);
  await mailbox.waitFor({ to: PEOPLE.ana, subject: /Contoso/ });
  await open(mia, url);
  await expect(main).toContainText(/Contoso ordered this on/);
  await expect(main).toContainText('Their reference: PO-2026-17');
  await expect(total).toContainText(/EUR\s1,956\.40/);
  await look(mia, 'sale-purchase-ordered');
  await open(ana, offer);
  await expect(ana.getByText('Used up', { exact: true })).toBeVisible();
  await openCustomer(ana, 'Contoso');
});

test('a quantity that is typed before WASM arrives counts', async ({ signedIn }) => {
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  const lines = [{ plan: 'Device Management Basic', licenses: '10', ...MONTHLY }];
  const url = await createPurchase(ana, { currency: 'EUR', lines, delegation: false });
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await mia.route(/\.wasm(\?|$)/, async (route) => {
    await released;
    await route.continue();
  });
  await mia.goto(url, { waitUntil: 'commit' });
  await quantityOf(mia, 'Device Management Basic').fill('12');
  await expect(mia.locator('.total')).toContainText(/EUR\s45\.00/);
  release();
  await hydrated(mia);
  await expect(mia.locator('.total')).toContainText(/EUR\s54\.00/);
  await button(mia, 'Place order').click();
  await expect(rowOf(mia, 'Device Management Basic')).toContainText('12 licenses');
});

test('an order without scripts is of a total that was seen', async ({ signedIn, visitor, complaints }) => {
  complaints.allow(/mandate\.\S+\.wasm was preloaded .* but not used/, 'nothing runs it where JavaScript is off');
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  const lines = [{ plan: 'Device Management Basic', licenses: '10', ...MONTHLY }];
  const url = await createPurchase(ana, { currency: 'EUR', lines });
  const plain = await visitor({ javaScriptEnabled: false, storageState: await mia.context().storageState() });
  await plain.goto(url);
  const total = plain.locator('.total');
  await quantityOf(plain, 'Device Management Basic').fill('11');
  await button(plain, 'Place order').click();
  await expect(plain.getByRole('alert')).toContainText('Nothing was ordered');
  await expect(total).toContainText(/EUR\s49\.50/);
  await quantityOf(plain, 'Device Management Basic').fill('20');
  await button(plain, 'Update total').click();
  await expect(total).toContainText(/EUR\s90\.00/);
  await button(plain, 'Place order').click();
  await expect(heading(plain)).toHaveText('Subscriptions');
  await expect(rowOf(plain, 'Device Management Basic')).toContainText('20 licenses');
});

test('an order is placed once, however often it is sent, and can be declined before', async ({ signedIn, baseURL }) => {
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  const url = await createTrial(ana, { name: 'Try it' });
  await open(mia, url);
  await decline(mia, 'Not this year');
  await expect(mia.getByRole('main')).toContainText('Contoso declined this on');
  await hydrated(mia);
  await look(mia, 'sale-declined');
  await readsPlainly(mia);
  const accepting = await recordPost(mia, 'sale/accept', () => button(mia, 'Start trial').click());
  await told(mia, 'Your trial of Device Management Basic has started.');
  for (let again = 0; again < 3; again += 1) {
    expect(await wasDone(await postServerFn(mia.request, baseURL ?? '', accepting))).toBe(true);
  }
  await open(mia, '/subscriptions');
  await expect(list(mia).getByRole('row')).toHaveCount(2);
  for (const page of [await signedIn('tom'), await signedIn('nora')]) {
    expect(await wasDone(await postServerFn(page.request, baseURL ?? '', accepting))).toBe(false);
  }
});

test('a trial is converted, and who has a license keeps it', async ({ signedIn, complaints }) => {
  test.setTimeout(120_000);
  complaints.allowStatus(403, 'the offer is for the company that has the trial');
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  await acceptSale(mia, await createTrial(ana, { name: 'Try it' }), 'Start trial');
  await choose(mia, ['Tom Okafor']);
  await button(mia, 'Assign licenses').click();
  await told(mia, '1 license is assigned.');
  const trial = await openSubscription(mia, 'Device Management Basic');
  const url = await createPurchase(ana, { converts: trial });

  const nora = await signedIn('nora');
  expect(await open(nora, url)).toBe(403);
  await open(mia, url);
  await expect(heading(mia)).toHaveText('Keep Device Management Basic after the trial');
  await expect(button(mia, 'Start as a new company')).toHaveCount(0);
  await look(mia, 'sale-conversion');
  await readsPlainly(mia);
  await button(mia, 'Place order').click();
  await told(mia, 'Your order is placed.');
  await expect(rowOf(mia, 'Device Management Basic')).toHaveCount(2);
  const active = list(mia).getByRole('row').filter({ hasText: 'Renews' });
  await expect(active).toContainText('1 assigned');
  const past = list(mia).getByRole('row').filter({ hasText: 'Converted' });
  await expect(past).toHaveCount(1);
  await look(mia, 'subscriptions-converted');
  await active.getByRole('link').click();
  await expect(mia.getByRole('table', { name: 'Who has a license' })).toContainText('Tom Okafor');
});

test('licenses are assigned to several users at once, and removed', async ({ signedIn }) => {
  test.setTimeout(120_000);
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  await order(ana, mia, 'Device Management Basic', '2');
  for (const [first, last, userName] of [
    ['Nina', 'Patel', 'nina'],
    ['Omar', 'Haddad', 'omar'],
  ] as const) {
    await addUser(mia, '', { first, last, userName });
  }
  await open(mia, '/users/licenses');
  await expect(mia.getByRole('heading', { name: 'Nobody is chosen' })).toBeVisible();
  await look(mia, 'licenses-nobody');
  await choose(mia, ['Nina Patel', 'Omar Haddad', 'Tom Okafor']);
  await expect(mia.getByRole('heading', { name: 'For 3 users' })).toBeVisible();
  await look(mia, 'licenses-choice');
  await readsPlainly(mia);
  await button(mia, 'Assign licenses').click();
  await expect(mia.getByRole('alert')).toContainText('2 licenses are free, and 3 are needed');
  await hydrated(mia);
  await look(mia, 'licenses-too-few');
  await choose(mia, ['Nina Patel', 'Omar Haddad']);
  await button(mia, 'Assign licenses').click();
  await told(mia, '2 licenses are assigned.');
  await expect(mia).toHaveURL('/users');
  await look(mia, 'users-licenses-assigned');
  await choose(mia, ['Nina Patel']);
  await button(mia, 'Assign licenses').click();
  await told(mia, 'Everybody had a license already.');

  await openSubscription(mia, 'Device Management Basic');
  const holders = mia.getByRole('table', { name: 'Who has a license' });
  await expect(holders.getByRole('row')).toHaveCount(3);
  await look(mia, 'subscription');
  await readsPlainly(mia);
  await button(mia, 'Remove license of Omar Haddad').click();
  await told(mia, '1 license is removed.');
  await expect(holders.getByRole('row')).toHaveCount(2);
  await mia.getByRole('link', { name: 'Choose users', exact: true }).click();
  await expect(heading(mia)).toHaveText('Users');
  await expect(mia.getByRole('main')).toContainText('Choose who is to have a license of Device Management Basic');
  await look(mia, 'users-chosen-for');
  await mia.getByRole('checkbox', { name: 'Choose Omar Haddad', exact: true }).check();
  await button(mia, 'Assign licenses').click();
  await expect(mia.getByRole('radio', { name: 'Device Management Basic', exact: true })).toBeChecked();
  await expect(mia).toHaveURL(/\/users\/licenses\?subscription=/);
  await choose(mia, ['Nina Patel', 'Tom Okafor']);
  await button(mia, 'Remove licenses').click();
  await told(mia, '1 license is removed.');
  await open(mia, '/subscriptions');
  await expect(rowOf(mia, 'Device Management Basic')).toContainText('0 assigned, 2 free');
});

test('a user’s licenses have a tab of their own', async ({ signedIn }) => {
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  await openUser(mia, '', 'Tom Okafor');
  await mia.getByRole('tab', { name: 'Licenses', exact: true }).click();
  await expect(mia.getByRole('heading', { name: 'There is nothing to assign' })).toBeVisible();
  await order(ana, mia, 'Device Management Basic', '1');
  await openUser(mia, '', 'Tom Okafor');
  await mia.getByRole('tab', { name: 'Licenses', exact: true }).click();
  await expect(mia.getByText('1 license of 1 free')).toBeVisible();
  await button(mia, 'Assign Device Management Basic').click();
  await told(mia, '1 license is assigned.');
  await expect(mia.getByText('None of its licenses is free')).toBeVisible();
  await hydrated(mia);
  await look(mia, 'user-licenses');
  await button(mia, 'Remove Device Management Basic').click();
  await told(mia, '1 license is removed.');
  await expect(button(mia, 'Assign Device Management Basic')).toBeVisible();
});

test('fewer licenses than are assigned are refused, with who has one', async ({ signedIn }) => {
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  await order(ana, mia, 'Device Management Basic', '5');
  await choose(mia, ['Mia Lindqvist', 'Tom Okafor']);
  await button(mia, 'Assign licenses').click();
  await told(mia, '2 licenses are assigned.');
  await openSubscription(mia, 'Device Management Basic');
  const quantity = mia.getByLabel('Quantity', { exact: true });
  const total = mia.getByRole('region', { name: 'Number of licenses' }).getByText(/^Total/);
  await expect(total).toContainText(/EUR\s22\.50 for each month/);
  await quantity.fill('1');
  await expect(total).toContainText(/EUR\s4\.50 for each month/);
  await button(mia, 'Change quantity').click();
  await expect(quantity).toHaveAccessibleDescription(/2 licenses are assigned, to .*Mia Lindqvist.*Tom Okafor/);
  await expect(quantity).toHaveValue('1');
  await hydrated(mia);
  await look(mia, 'subscription-quantity-refused');
  await quantity.fill('2');
  await button(mia, 'Change quantity').click();
  await told(mia, 'The number of licenses is changed.');
  await expect(mia.getByRole('complementary')).toContainText(/Free\s*0/);
});

test('a subscription is canceled at the end of its term, and reactivated until then', async ({ signedIn, mailbox }) => {
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  await order(ana, mia, 'Device Management Basic', '5');
  await openSubscription(mia, 'Device Management Basic');
  await button(mia, 'Cancel at end of term').click();
  await told(mia, 'It ends with its term');
  await hydrated(mia);
  await look(mia, 'subscription-canceled');
  await mailbox.waitFor({ to: PEOPLE.ana, subject: /^Contoso canceled Device Management Basic$/ });
  await open(mia, '/subscriptions');
  await expect(rowOf(mia, 'Device Management Basic')).toContainText(/Ends /);
  await openSubscription(mia, 'Device Management Basic');
  await button(mia, 'Reactivate').click();
  await told(mia, 'It is active again');
  await open(mia, '/subscriptions');
  await expect(rowOf(mia, 'Device Management Basic')).toContainText(/Renews /);
});

test('a license administrator assigns on behalf, and buys nothing', async ({ signedIn, baseURL, complaints }) => {
  test.setTimeout(120_000);
  complaints.allowStatus(403, 'tom may not read them');
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  const url = await createPurchase(ana, {
    currency: 'EUR',
    lines: [{ plan: 'Device Management Basic', licenses: '5', ...MONTHLY }],
  });
  await open(mia, url);
  await mia.getByRole('checkbox', { name: consentHeading(), exact: true }).check();
  await button(mia, 'Place order').click();
  await told(mia, 'Your order is placed.');
  await openSubscription(mia, 'Device Management Basic');
  const canceling = await recordPost(mia, 'subscriptions/cancel', () => button(mia, 'Cancel at end of term').click());

  const place = await openCustomer(ana, 'Contoso');
  await ana.getByRole('navigation', { name: 'Contoso' }).getByRole('link', { name: 'Subscriptions' }).click();
  await expect(ana).toHaveURL(`${place}/subscriptions`);
  await look(ana, 'customer-subscriptions');
  await openUser(ana, place, 'Tom Okafor');
  await ana.getByRole('tab', { name: 'Licenses', exact: true }).click();
  await button(ana, 'Assign Device Management Basic').click();
  await told(ana, '1 license is assigned.');
  await open(ana, `${place}/subscriptions`);
  await list(ana).getByRole('link', { name: 'Device Management Basic', exact: true }).click();
  await expect(ana.getByRole('table', { name: 'Who has a license' })).toContainText('Tom Okafor');
  await expect(ana.getByLabel('Quantity', { exact: true })).toHaveCount(0);
  await hydrated(ana);
  await look(ana, 'customer-subscription');
  const onBehalf = altered(canceling, { company: place.split('/').at(-1) ?? '' });
  expect(await wasDone(await postServerFn(ana.request, baseURL ?? '', onBehalf))).toBe(false);
  await open(mia, '/activity');
  const row = mia.getByRole('table', { name: /^Activity/ }).getByRole('row').filter({ hasText: 'Tom Okafor' });
  await expect(row.filter({ hasText: 'Ana Ruiz' })).toHaveCount(1);

  const tom = await signedIn('tom');
  await expect(tom.getByRole('link', { name: 'Subscriptions', exact: true })).toHaveCount(0);
  expect(await open(tom, '/subscriptions')).toBe(403);
  const nora = await signedIn('nora');
  await open(nora, '/subscriptions');
  await expect(nora.getByRole('heading', { name: 'No subscriptions' })).toBeVisible();
  await look(nora, 'subscriptions-empty');
});
