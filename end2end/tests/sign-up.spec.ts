import type { Page } from '@playwright/test';
import { open } from '../fixtures/hydration.ts';
import { look } from '../fixtures/look.ts';
import { PASSWORD, PEOPLE } from '../fixtures/people.ts';
import { signIn } from '../fixtures/sign-in.ts';
import { expect, test } from '../fixtures/test.ts';
import { readsPlainly } from '../fixtures/words.ts';
import { openCustomer } from '../steps/customers.ts';
import { consentHeading } from '../steps/offers.ts';
import { createPurchase, createTrial } from '../steps/sales.ts';
import { field, heading, LITWARE, SignUp } from '../steps/sign-up.ts';

const authorizing = (page: Page) => page.getByRole('checkbox', { name: consentHeading(), exact: true });
const subscriptions = (page: Page) => page.getByRole('table', { name: 'Subscriptions', exact: true });

test('a trial by a new company, without delegated administration', async ({ signedIn, visitor, mailbox }) => {
  test.setTimeout(120_000);
  const ana = await signedIn('ana');
  const url = await createTrial(ana, { name: 'Try it', plan: 'Device Management Premium', licenses: '40' });
  const lena = await visitor();
  await open(lena, url);
  await expect(heading(lena)).toHaveText('Try Device Management Premium for 30 days');
  await expect(lena.getByRole('main')).toContainText('Fabrikam Partners');
  await expect(lena.getByRole('button', { name: "Use my company's account", exact: true })).toBeVisible();
  await expect(authorizing(lena)).toHaveCount(0);

  const signUp = new SignUp(lena);
  await signUp.review(url, mailbox);
  const main = lena.getByRole('main');
  for (const said of ['Litware', 'Germany', 'lena@litware.mandate.example', LITWARE.email, '40', 'Free']) {
    await expect(main).toContainText(said);
  }
  // The consent is as complete as on an offer of its own, and a question of its own.
  await expect(main).toContainText('Verification code');
  await expect(main.getByRole('heading', { name: 'What they may do in Litware' })).toBeVisible();
  await expect(main.getByRole('heading', { name: 'User administrator' })).toBeVisible();
  await expect(main).toContainText('Cannot');
  await expect(main.getByRole('heading', { name: 'For 365 days' })).toBeVisible();
  await expect(main).toContainText('The trial starts with or without it.');
  await expect(authorizing(lena)).not.toBeChecked();
  await lena.getByRole('button', { name: 'Start trial', exact: true }).click();

  await expect(heading(lena)).toHaveText('Subscriptions');
  await expect(lena).toHaveURL('/subscriptions');
  const notice = lena.getByRole('status').filter({ hasText: 'Litware is there' });
  await expect(notice).toContainText('Your trial of Device Management Premium has started.');
  await expect(notice).toContainText('You gave Fabrikam Partners no access');
  const row = subscriptions(lena).getByRole('row', { name: /Device Management Premium/ });
  await expect(row).toContainText('40 licenses');
  await expect(row).toContainText('Trial ends');
  await expect(row).toContainText('Fabrikam Partners');
  await open(lena, '/partners');
  await expect(lena.getByRole('heading', { name: 'No partners' })).toBeVisible();
  await open(ana, '/partner');
  await expect(ana.getByRole('link', { name: 'Litware', exact: true })).toHaveCount(0);

  const again = await visitor();
  await signIn(again, 'lena@litware.mandate.example', LITWARE.password);
  await expect(again.getByRole('heading', { name: 'Users', level: 1 })).toBeVisible();
  for (const cookie of await lena.context().cookies()) {
    expect(cookie, cookie.name).toMatchObject({ httpOnly: true, sameSite: 'Lax' });
  }
});

test('a trial by a new company, with delegated administration from the first day', async ({
  signedIn,
  visitor,
  mailbox,
}) => {
  test.setTimeout(120_000);
  const ana = await signedIn('ana');
  const url = await createTrial(ana, { name: 'Try it' });
  const lena = await visitor();
  await new SignUp(lena).review(url, mailbox);
  await authorizing(lena).check();
  await lena.getByRole('button', { name: 'Start trial', exact: true }).click();
  await expect(lena.getByRole('status').filter({ hasText: 'Litware is there' })).toContainText(
    'Fabrikam Partners is your delegated administrator.',
  );
  await look(lena, 'subscriptions-new-company');
  await open(lena, '/partners');
  await expect(lena.getByRole('heading', { name: /^Fabrikam Partners/ })).toBeVisible();
  const place = await openCustomer(ana, 'Litware');
  await expect(ana.getByRole('table', { name: /^Users/ })).toContainText('Lena Vogel');
  await open(ana, `${place}/subscriptions`);
  await expect(subscriptions(ana)).toContainText('Device Management Basic');
  // What was agreed can be read at the offer, by the company that agreed to it.
  await open(lena, url);
  await expect(lena.getByRole('main')).toContainText(/Litware started this trial on/);
  await look(lena, 'sale-ordered');
});

test('an order by a new company: the total follows the quantities', async ({ signedIn, visitor, mailbox }) => {
  test.setTimeout(120_000);
  const ana = await signedIn('ana');
  const lines = [{ plan: 'Office Suite Business', licenses: '10', term: 'Monthly' as const }];
  const url = await createPurchase(ana, { currency: 'EUR', lines, delegation: false });
  const lena = await visitor();
  const signUp = new SignUp(lena);
  await signUp.review(url, mailbox);
  await expect(authorizing(lena)).toHaveCount(0);
  await expect(lena.getByRole('main')).toContainText('Fabrikam Partners sends you the invoice');
  const quantity = lena.getByLabel(/^Quantity: licenses of Office Suite Business/);
  const total = lena.locator('.total');
  await expect(total).toContainText(/EUR\s117\.00/);
  await quantity.fill('12');
  await expect(total).toContainText(/EUR\s140\.40/);
  await quantity.fill('301');
  await expect(total).toContainText('–');
  await lena.getByRole('button', { name: 'Place order', exact: true }).click();
  await expect(quantity).toHaveAccessibleDescription(/Enter a number from 1 to 300/);
  await expect(quantity).toHaveValue('301');
  await signUp.arrived();
  await look(lena, 'sign-up-review-refused');
  await quantity.fill('12');
  // The key works out the total, and orders nothing.
  await signUp.enter(/^Quantity/, 'Review');
  // Back and forth, it is still what was typed.
  await signUp.press('Back', 'Its first administrator');
  await signUp.press('Continue', 'Review');
  await expect(quantity).toHaveValue('12');
  await expect(total).toContainText(/EUR\s140\.40/);
  await lena.getByRole('button', { name: 'Place order', exact: true }).click();
  await expect(subscriptions(lena).getByRole('row', { name: /Office Suite Business/ })).toContainText('12 licenses');
});

test('signing up without scripts', async ({ signedIn, visitor, mailbox, complaints }) => {
  test.setTimeout(120_000);
  complaints.allow(/mandate\.\S+\.wasm was preloaded .* but not used/, 'nothing runs it where JavaScript is off');
  const ana = await signedIn('ana');
  const lines = [{ plan: 'Device Management Basic', licenses: '10', term: 'Yearly' as const }];
  const url = await createPurchase(ana, { currency: 'USD', lines });
  const lena = await visitor({ javaScriptEnabled: false });
  const signUp = new SignUp(lena, LITWARE, false);
  await signUp.begin(url);
  await signUp.fillCompany();
  await field(lena, 'Domain prefix').fill('-');
  await signUp.press('Continue', 'Your company');
  await expect(field(lena, 'Domain prefix')).toHaveAccessibleDescription(/Use 2 to 40 letters/);
  await expect(field(lena, 'Company name')).toHaveValue('Litware');
  await expect(field(lena, 'Country')).toHaveValue('DE');
  await signUp.fillCompany();
  await signUp.press('Continue', 'Its first administrator');
  await signUp.fillAdministrator();
  await field(lena, 'Password').fill('short');
  await signUp.press('Continue', 'Its first administrator');
  await expect(field(lena, 'Password')).toHaveAccessibleDescription(/at least 12 characters/);
  await expect(field(lena, 'Password')).toHaveValue('');
  await expect(field(lena, 'User name')).toHaveValue('lena');
  await signUp.fillAdministrator();
  await signUp.press('Continue', 'Confirm your email address');
  await signUp.enterCode(mailbox);
  const quantity = lena.getByLabel(/^Quantity: licenses of Device Management Basic/);
  await quantity.fill('20');
  await authorizing(lena).check();
  // Nobody agrees to a total that they have not seen.
  await signUp.press('Place order', 'Review');
  await expect(lena.getByRole('alert')).toContainText('look at the new total');
  await expect(lena.locator('.total')).toContainText(/USD\s1,020\.00/);
  await quantity.fill('30');
  await signUp.press('Update total', 'Review');
  await expect(lena.locator('.total')).toContainText(/USD\s1,530\.00/);
  await expect(authorizing(lena)).toBeChecked();
  await signUp.press('Place order', 'Subscriptions');
  await expect(lena).toHaveURL('/subscriptions');
  await expect(lena.getByRole('status').filter({ hasText: 'Litware is there' })).toContainText('Your order is placed.');
  await expect(subscriptions(lena)).toContainText('30 licenses');
});

test('going back and forth keeps what was typed', async ({ signedIn, visitor, mailbox }) => {
  test.setTimeout(120_000);
  const url = await createTrial(await signedIn('ana'), { name: 'Try it', country: 'Germany' });
  const lena = await visitor();
  const signUp = new SignUp(lena);
  await signUp.begin(url);
  await expect(field(lena, 'Country')).toHaveValue('DE');
  await field(lena, 'Company name').fill('Litwar');
  await field(lena, 'Domain prefix').fill('litware');
  // Unfinished, and right or wrong.
  await signUp.press('Back', 'Try Device Management Basic for 30 days');
  await signUp.press('Start as a new company', 'Your company');
  await expect(field(lena, 'Company name')).toHaveValue('Litwar');
  await signUp.fillCompany();
  await signUp.enter('Domain prefix', 'Its first administrator');
  await signUp.fillAdministrator();
  await field(lena, 'Alternate email').fill('lena');
  await signUp.press('Back', 'Your company');
  for (const [label, value] of [
    ['Company name', 'Litware'],
    ['Country', 'DE'],
    ['Domain prefix', 'litware'],
  ] as const) {
    await expect(field(lena, label)).toHaveValue(value);
  }
  await signUp.press('Continue', 'Its first administrator');
  for (const [label, value] of [
    ['First name', 'Lena'],
    ['Last name', 'Vogel'],
    ['Display name', 'Lena Vogel'],
    ['User name', 'lena'],
    ['Alternate email', 'lena'],
    ['Password', ''],
  ] as const) {
    await expect(field(lena, label)).toHaveValue(value);
  }
  await signUp.fillAdministrator();
  await signUp.press('Continue', 'Confirm your email address');
  await signUp.press('Back', 'Its first administrator');
  await expect(field(lena, 'Alternate email')).toHaveValue(LITWARE.email);
  await expect(field(lena, 'Password')).toHaveAccessibleDescription(/Leave this empty to keep it/);
  await signUp.press('Continue', 'Confirm your email address');
  await signUp.enterCode(mailbox);
  await authorizing(lena).check();
  await signUp.press('Back', 'Its first administrator');
  await field(lena, 'Display name').fill('Lena V.');
  // The address is confirmed already.
  await signUp.press('Continue', 'Review');
  await expect(lena.getByRole('main')).toContainText('Lena V.');
  await expect(authorizing(lena)).toBeChecked();
  await authorizing(lena).uncheck();
  await signUp.press('Change the administrator', 'Its first administrator');
  await field(lena, 'Last name').fill('Vogel-Brandt');
  await signUp.press('Company', 'Your company');
  await signUp.press('Review', 'Review');
  await expect(authorizing(lena)).not.toBeChecked();
  await signUp.press('First administrator', 'Its first administrator');
  await expect(field(lena, 'Last name')).toHaveValue('Vogel-Brandt');
  // Another browser has nothing of it.
  const elsewhere = await visitor();
  await open(elsewhere, new URL(lena.url()).pathname);
  await expect(heading(elsewhere)).toHaveText('Start again from the offer');
  await look(elsewhere, 'sign-up-gone');
  const cookies = await lena.context().cookies();
  expect(cookies.filter(({ name }) => name.includes('sign-up'))).toHaveLength(1);
  for (const { value } of cookies) {
    expect(value).not.toContain(LITWARE.password);
  }
  await signUp.press('Start again', 'Try Device Management Basic for 30 days');
  await signUp.press('Start as a new company', 'Your company');
  await expect(field(lena, 'Company name')).toHaveValue('');
});

test('a prefix is looked up while it is typed, and may be taken meanwhile', async ({ signedIn, visitor, mailbox }) => {
  test.setTimeout(180_000);
  const ana = await signedIn('ana');
  const [first, second] = [await createTrial(ana, { name: 'First' }), await createTrial(ana, { name: 'Second' })];
  const lena = await visitor();
  const hers = new SignUp(lena);
  await hers.begin(first);
  const prefix = field(lena, 'Domain prefix');
  await prefix.pressSequentially('x');
  await expect(lena.getByText('Use 2 to 40 letters, digits and hyphens.')).toBeVisible();
  await prefix.fill('www');
  await expect(lena.locator('.prefix [role=status].taken')).toBeVisible();
  await look(lena, 'sign-up-company-taken');
  await prefix.fill('litware');
  await expect(lena.getByText('litware.mandate.example is free.')).toBeVisible();
  await look(lena, 'sign-up-company');
  await hers.fillCompany();
  await hers.press('Continue', 'Its first administrator');
  await hers.fillAdministrator();
  await hers.press('Continue', 'Confirm your email address');
  await hers.enterCode(mailbox);
  await authorizing(lena).check();

  const other = new SignUp(await visitor(), { ...LITWARE, company: 'Litware Labs', email: 'lou@mail.example' });
  await other.review(second, mailbox);
  await other.press('Start trial', 'Subscriptions');

  await hers.press('Start trial', 'Your company');
  await expect(prefix).toHaveAccessibleDescription(/taken/);
  await expect(field(lena, 'Company name')).toHaveValue('Litware');
  await look(lena, 'sign-up-prefix-taken');
  await prefix.fill('litware-berlin');
  await hers.press('Continue', 'Its first administrator');
  await expect(field(lena, 'Display name')).toHaveValue('Lena Vogel');
  await hers.press('Continue', 'Review');
  await expect(lena.getByRole('main')).toContainText('lena@litware-berlin.mandate.example');
  await expect(authorizing(lena)).toBeChecked();
  await hers.press('Start trial', 'Subscriptions');
  await open(ana, '/partner');
  await expect(ana.getByRole('link', { name: 'Litware', exact: true })).toBeVisible();
  await expect(ana.getByRole('link', { name: 'Litware Labs', exact: true })).toHaveCount(0);
});

test('a wrong code is told, and five end it', async ({ signedIn, visitor, mailbox }) => {
  const url = await createTrial(await signedIn('ana'), { name: 'Try it' });
  const lena = await visitor();
  const signUp = new SignUp(lena);
  await signUp.begin(url);
  await signUp.fillCompany();
  await signUp.press('Continue', 'Its first administrator');
  await signUp.fillAdministrator();
  await signUp.press('Continue', 'Confirm your email address');
  const code = await signUp.code(mailbox);
  const wrong = `${(Number(code[0]) + 1) % 10}${code.slice(1)}`;
  for (let n = 0; n < 5; n += 1) {
    await field(lena, 'Code').fill(wrong);
    await signUp.press('Continue', 'Confirm your email address');
    await expect(lena.getByText('This is not the code that was sent last').first()).toBeVisible();
  }
  await look(lena, 'sign-up-code-wrong');
  await field(lena, 'Code').fill(code);
  await signUp.press('Continue', 'Confirm your email address');
  await expect(lena.getByText('No code works any more').first()).toBeVisible();
  const sent = () => mailbox.mails.filter(({ to }) => to.includes(LITWARE.email));
  await signUp.press('Send a new code', 'Confirm your email address');
  await expect(lena.getByRole('status').filter({ hasText: 'A new code is on its way' })).toBeVisible();
  await expect.poll(() => sent().length).toBe(2);
  const [another = ''] = /\b\d{6}\b/.exec(sent().at(-1)?.text ?? '') ?? [];
  await field(lena, 'Code').fill(another);
  await signUp.press('Continue', 'Review');
});

test('who has an account decides for their company, and others read who may', async ({ signedIn, visitor }) => {
  const ana = await signedIn('ana');
  const url = await createTrial(ana, { name: 'Try it' });
  const stranger = await visitor();
  await open(stranger, url);
  await stranger.getByRole('button', { name: "Use my company's account", exact: true }).click();
  await field(stranger, 'User name').fill(PEOPLE.mia);
  await field(stranger, 'Password').fill(PASSWORD);
  await stranger.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(heading(stranger)).toHaveText('Try Device Management Basic for 30 days');
  await expect(stranger.getByRole('button', { name: 'Start trial', exact: true })).toBeVisible();
  await expect(stranger.getByText(/You are signed in as\s+Mia\s+\(Contoso\)/)).toBeVisible();

  const tom = await signedIn('tom');
  await open(tom, url);
  await expect(tom.getByRole('main')).toContainText('Only its global administrators can: Mia Lindqvist.');
  await expect(tom.getByLabel('Link to forward', { exact: true })).toHaveValue(url);
  await expect(tom.getByRole('button', { name: 'Start trial', exact: true })).toHaveCount(0);
  await look(tom, 'sale-no-right');
  await readsPlainly(tom);
  await open(ana, url);
  await expect(ana.getByRole('main')).toContainText('who made this offer');
  await look(ana, 'sale-partner');
});

test('how signing up looks', async ({ signedIn, visitor, mailbox }) => {
  test.setTimeout(180_000);
  const ana = await signedIn('ana');
  const url = await createTrial(ana, { name: 'Try it' });
  const lena = await visitor();
  await open(lena, url);
  await look(lena, 'sale-trial-signed-out');
  await readsPlainly(lena);
  const signUp = new SignUp(lena);
  await signUp.begin(url);
  await lena.getByRole('button', { name: 'Continue', exact: true }).click();
  await expect(lena.getByRole('alert')).toBeVisible();
  await signUp.arrived();
  await look(lena, 'sign-up-company-refused');
  await readsPlainly(lena);
  await signUp.fillCompany();
  await signUp.press('Continue', 'Its first administrator');
  await look(lena, 'sign-up-administrator');
  await field(lena, 'Password').fill('litware 2026 litware');
  await expect(lena.getByText(/too easy to guess/)).toBeVisible();
  await look(lena, 'sign-up-administrator-weak');
  await readsPlainly(lena);
  await signUp.fillAdministrator();
  await signUp.press('Continue', 'Confirm your email address');
  await look(lena, 'sign-up-code');
  await readsPlainly(lena);
  await signUp.enterCode(mailbox);
  await look(lena, 'sign-up-review');
  await readsPlainly(lena);

  const lines = [
    { plan: 'Office Suite Business', licenses: '10', term: 'Monthly' as const },
    { plan: 'Device Management Premium', licenses: '25', term: 'Yearly' as const },
  ];
  const purchase = await createPurchase(ana, { currency: 'EUR', lines });
  const stranger = await visitor();
  await open(stranger, purchase);
  await look(stranger, 'sale-purchase-signed-out');
  await readsPlainly(stranger);
});
