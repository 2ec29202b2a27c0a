import type { Page } from '@playwright/test';
import { hydrated, open } from '../fixtures/hydration.ts';
import { look } from '../fixtures/look.ts';
import { PEOPLE } from '../fixtures/people.ts';
import { signIn } from '../fixtures/sign-in.ts';
import { expect, test } from '../fixtures/test.ts';
import { readsPlainly } from '../fixtures/words.ts';
import { openCustomer } from '../steps/customers.ts';
import { addDomain, verify } from '../steps/domains.ts';
import { authorize, createOffer } from '../steps/offers.ts';
import { askToRemove } from '../steps/partners.ts';
import { choosePassword, mustChoosePassword } from '../steps/passwords.ts';
import { addUser, openUser, resetPassword } from '../steps/users.ts';

// Each state is looked at in two sizes and two schemes.
test.describe.configure({ timeout: 180_000 });

async function lookAt(page: Page, path: string, name: string): Promise<void> {
  await open(page, path);
  await look(page, name);
}

async function lookAtOffer(page: Page, path: string, name: string): Promise<void> {
  await lookAt(page, path, name);
  await readsPlainly(page);
}

test('signing in', async ({ page, visitor, signedIn }) => {
  await lookAt(page, '/sign-in', 'sign-in');
  await page.getByLabel('User name', { exact: true }).fill(PEOPLE.mia);
  await page.getByLabel('Password', { exact: true }).fill('not-her-password');
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  await expect(page.getByRole('alert')).toBeVisible();
  await look(page, 'sign-in-refused');

  const password = await addUser(await signedIn('mia'), '', { first: 'Nina', last: 'Patel', userName: 'nina' });
  const nina = await visitor();
  await signIn(nina, 'nina@contoso.example', password);
  await mustChoosePassword(nina);
  await look(nina, 'choose-password');
  await choosePassword(nina, 'short');
  await expect(nina.getByText(/at least 12 characters/).first()).toBeVisible();
  await look(nina, 'choose-password-refused');
});

test('the partner’s pages', async ({ signedIn, complaints }) => {
  complaints.allowStatus(403, 'leo reads why he may not');
  const ana = await signedIn('ana');
  await lookAt(ana, '/partner', 'partner-empty');
  await lookAt(ana, '/partner/offers/new', 'offer-new');
  await ana.getByLabel('Number of days', { exact: true }).fill('0');
  await ana.getByRole('button', { name: 'Create offer', exact: true }).click();
  await expect(ana.getByLabel('Number of days', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await look(ana, 'offer-new-refused');

  const url = await createOffer(ana, 'Managed IT');
  await look(ana, 'offer');
  const offer = new URL(ana.url()).pathname;
  await authorize(await signedIn('mia'), url);
  await lookAt(ana, '/partner', 'partner');
  const search = ana.getByLabel('Search customers', { exact: true });
  await search.fill('cotnoso');
  await search.press('Enter');
  await expect(ana.getByText(/cotnoso/)).toBeVisible();
  await look(ana, 'partner-no-hits');

  await open(ana, offer);
  await ana.getByRole('button', { name: 'Withdraw offer', exact: true }).first().click();
  await look(ana, 'offer-withdraw');
  await ana
    .getByRole('dialog')
    .getByRole('button', { name: /^Withdraw/ })
    .click();
  await expect(ana.getByText('Withdrawn', { exact: true })).toBeVisible();
  await look(ana, 'offer-withdrawn');

  await lookAt(await signedIn('leo'), '/partner/offers/new', 'forbidden');
  await openUser(ana, '', 'Leo Brandt');
  await ana.getByRole('tab', { name: 'Settings', exact: true }).click();
  await hydrated(ana);
  await look(ana, 'user-settings');
});

test('the offer as each reader sees it', async ({ signedIn, visitor, complaints }) => {
  complaints.allowStatus(404, 'the damaged link is one of the states');
  complaints.allowStatus(410, 'the withdrawn offer is one of the states');
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  const url = await createOffer(ana, 'Managed IT', [
    'Directory reader',
    'Password administrator',
    'User administrator',
  ]);
  const offer = ana.url();
  await lookAtOffer(await visitor(), url, 'consent-signed-out');
  await lookAtOffer(mia, url, 'consent');
  await mia.getByRole('button', { name: 'Decline', exact: true }).click();
  await expect(mia.getByRole('dialog')).toBeVisible();
  await look(mia, 'consent-decline');
  await readsPlainly(mia);
  await lookAtOffer(ana, url, 'consent-partner');
  await lookAtOffer(await signedIn('tom'), url, 'consent-no-right');
  await authorize(mia, url);
  await look(mia, 'partners');
  await lookAtOffer(mia, url, 'consent-authorized');
  await lookAtOffer(mia, await createOffer(ana, 'Domains too'), 'consent-difference');

  await ana.goto(offer);
  await hydrated(ana);
  await ana.getByRole('button', { name: 'Withdraw offer', exact: true }).first().click();
  await ana
    .getByRole('dialog')
    .getByRole('button', { name: /^Withdraw/ })
    .click();
  await expect(ana.getByText('Withdrawn', { exact: true })).toBeVisible();
  await lookAtOffer(await visitor(), url, 'consent-withdrawn');
  await lookAtOffer(await visitor(), `${url}x`, 'consent-damaged');
});

test('a customer’s account, on its behalf', async ({ signedIn, zone, complaints }) => {
  complaints.allowStatus(404, 'the partner’s open page asks once more when their access has ended');
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  await authorize(mia, await createOffer(ana, 'Managed IT'));
  const place = await openCustomer(ana, 'Contoso');
  await look(ana, 'customer-users');
  await lookAt(ana, `${place}/users/new`, 'customer-user-new');
  await addUser(ana, place, { first: 'Nina', last: 'Patel', userName: 'nina' });
  await look(ana, 'customer-user-added');
  await openUser(ana, place, 'Tom Okafor');
  await look(ana, 'customer-user');
  await resetPassword(ana);
  await look(ana, 'customer-user-reset');
  const { name } = await addDomain(ana, place, 'contoso-labs.example');
  await look(ana, 'customer-domain-pending');
  zone.set(name, { kind: 'no TXT' });
  await verify(ana);
  await expect(ana.getByText(/no TXT record yet/).first()).toBeVisible();
  await look(ana, 'customer-domain-not-yet');
  await lookAt(ana, `${place}/domains`, 'customer-domains');
  await lookAt(ana, `${place}/activity`, 'customer-activity');

  await lookAt(mia, '/partners', 'partners-used');
  await askToRemove(mia, 'Fabrikam Partners');
  await look(mia, 'partners-remove');
  await mia.getByRole('dialog').getByRole('button', { name: 'Remove Fabrikam Partners' }).click();
  await expect(mia.getByRole('button', { name: /^Remove Fabrikam Partners/ })).toHaveCount(0);
  await look(mia, 'partners-removed');
});

test('a company’s own account', async ({ signedIn, complaints }) => {
  complaints.allowStatus(404, 'the missing page is one of the states');
  const mia = await signedIn('mia');
  await lookAt(mia, '/users', 'users');
  await lookAt(mia, '/users/new', 'user-new');
  await mia.getByRole('button', { name: 'Add user', exact: true }).click();
  await expect(mia.getByLabel('Display name', { exact: true })).toHaveAttribute('aria-invalid', 'true');
  await look(mia, 'user-new-refused');
  await lookAt(mia, '/domains', 'domains');
  await lookAt(mia, '/domains/new', 'domain-new');
  await lookAt(mia, '/partners', 'partners-empty');
  await lookAt(mia, '/activity', 'activity');
  await lookAt(mia, '/no-such-page', 'not-found');
  await mia.getByRole('button', { name: 'Account' }).click();
  await look(mia, 'account-menu');
  await lookAt(await signedIn('tom'), '/users', 'users-without-role');
});
