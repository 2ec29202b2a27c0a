import type { Page } from '@playwright/test';
import { PASSWORD, PEOPLE } from '../fixtures/people.ts';
import { expect, test } from '../fixtures/test.ts';
import { openCustomer } from '../steps/customers.ts';
import { consentHeading, createOffer, decline } from '../steps/offers.ts';
import { fillNewPassword } from '../steps/passwords.ts';
import { addUser, openUser, resetPassword } from '../steps/users.ts';

const NEW_PASSWORD = 'velvet-harbor-41-quince-lantern';

test.beforeEach(({ complaints }) => {
  complaints.allow(/mandate\.\S+\.wasm was preloaded .* but not used/, 'nothing runs it where JavaScript is off');
});

async function enter(page: Page, userName: string, password = PASSWORD): Promise<void> {
  await page.getByLabel('User name', { exact: true }).fill(userName);
  await page.getByLabel('Password', { exact: true }).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

test('signing in, with a wrong password first', async ({ visitor }) => {
  const page = await visitor({ javaScriptEnabled: false });
  await page.goto('/users');
  await enter(page, PEOPLE.mia, 'not-her-password');
  await expect(page.getByRole('alert')).toBeVisible();
  await expect(page.getByLabel('User name', { exact: true })).toHaveValue(PEOPLE.mia);
  await expect(page.getByLabel('Password', { exact: true })).toHaveValue('');
  expect(page.url()).not.toMatch(/not-her-password|error/i);
  await enter(page, PEOPLE.mia);
  await expect(page).toHaveURL('/users');
  await expect(page.getByRole('heading', { name: 'Users', level: 1 })).toBeVisible();
});

test('choosing a password', async ({ visitor, signedIn }) => {
  const password = await addUser(await signedIn('mia'), '', { first: 'Nina', last: 'Patel', userName: 'nina' });
  const nina = await visitor({ javaScriptEnabled: false });
  await nina.goto('/sign-in');
  await enter(nina, 'nina@contoso.example', password);
  await fillNewPassword(nina, 'short');
  await expect(nina.getByText(/at least 12 characters/).first()).toBeVisible();
  await fillNewPassword(nina, NEW_PASSWORD);
  await expect(nina.getByRole('heading', { name: 'Users', level: 1 })).toBeVisible();
});

test('declining, authorizing, and removing', async ({ visitor, signedIn, mailbox }) => {
  const ana = await signedIn('ana');
  const url = await createOffer(ana, 'Managed IT');
  const mia = await visitor({ javaScriptEnabled: false });
  await mia.goto(url);
  await expect(mia.getByRole('heading', { name: consentHeading(), level: 1 })).toBeVisible();
  await mia.getByRole('link', { name: 'Sign in to continue', exact: true }).click();
  await enter(mia, PEOPLE.mia);
  await expect(mia.getByRole('heading', { name: consentHeading(), level: 1 })).toBeVisible();

  await decline(mia, 'Not this year');
  const mail = await mailbox.waitFor({ to: PEOPLE.ana, subject: /^Contoso declined Fabrikam Partners$/ });
  expect(mail.text).toContain('Not this year');
  await mia.goto(url);
  await mia.getByRole('button', { name: 'Authorize', exact: true }).click();
  await expect(mia).toHaveURL('/partners');
  await expect(mia.getByRole('heading', { name: /^Fabrikam Partners/ })).toBeVisible();

  const place = await openCustomer(ana, 'Contoso');
  await openUser(ana, place, 'Tom Okafor');
  await resetPassword(ana);

  await mia.goto('/partners');
  await mia.getByRole('button', { name: 'Remove Fabrikam Partners' }).click();
  const dialog = mia.getByRole('dialog');
  await expect(dialog).toContainText('Tom Okafor');
  await dialog.getByRole('button', { name: 'Remove Fabrikam Partners' }).click();
  await expect(mia.getByRole('button', { name: /^Remove Fabrikam Partners/ })).toHaveCount(0);
  await mia.goto('/users');
  await expect(mia.getByRole('row', { name: /Tom Okafor/ })).toContainText('Blocked');
});

test('signing out', async ({ visitor }) => {
  const page = await visitor({ javaScriptEnabled: false });
  await page.goto('/sign-in');
  await enter(page, PEOPLE.mia);
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await page.goto('/users');
  await expect(page).toHaveURL(/\/sign-in/);
});
