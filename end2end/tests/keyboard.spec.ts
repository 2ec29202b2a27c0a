import type { Page } from '@playwright/test';
import { hydrated, open } from '../fixtures/hydration.ts';
import { Keyboard } from '../fixtures/keyboard.ts';
import { PASSWORD, PEOPLE } from '../fixtures/people.ts';
import { expect, test } from '../fixtures/test.ts';
import { consentHeading, offerUrl } from '../steps/offers.ts';

/** The page of a heading is there, and can be used. */
async function arrives(page: Page, heading: string | RegExp): Promise<void> {
  await expect(page.getByRole('heading', { name: heading, level: 1 })).toBeVisible();
  await hydrated(page);
}

async function signIn(page: Page, keys: Keyboard, userName: string): Promise<void> {
  await expect(page.getByLabel('User name', { exact: true })).toBeFocused();
  await page.keyboard.type(userName);
  await keys.write('Password', PASSWORD);
  await page.keyboard.press('Enter');
}

test('the whole path by keyboard alone', async ({ visitor, complaints }) => {
  test.setTimeout(120_000);
  const [ana, mia] = [await visitor(), await visitor()];
  const [anasKeys, miasKeys] = [new Keyboard(ana), new Keyboard(mia)];
  let url = '';

  await test.step('the partner sends an offer', async () => {
    await open(ana, '/sign-in');
    await signIn(ana, anasKeys, PEOPLE.ana);
    await arrives(ana, 'Partner overview');
    await anasKeys.press('Send delegated administration offers');
    await expect(ana.getByLabel('Offer name', { exact: true })).toBeFocused();
    await hydrated(ana);
    await ana.keyboard.type('Managed IT');
    await ana.keyboard.press('Enter');
    url = await offerUrl(ana);
    await ana.bringToFront();
    await anasKeys.press('Copy URL');
    await expect.poll(() => ana.evaluate(() => navigator.clipboard.readText())).toBe(url);
  });

  await test.step('the customer authorizes', async () => {
    await open(mia, url);
    await miasKeys.to('Skip to content');
    await miasKeys.press('Sign in to continue');
    await signIn(mia, miasKeys, PEOPLE.mia);
    await arrives(mia, consentHeading());
    await miasKeys.press('Authorize');
    await expect(mia).toHaveURL('/partners');
  });

  await test.step('the partner adds a user', async () => {
    await anasKeys.press('Partner');
    await arrives(ana, 'Partner overview');
    await anasKeys.press('Contoso');
    await arrives(ana, 'Users');
    await anasKeys.press('Add user');
    await expect(ana.getByLabel('First name')).toBeFocused();
    await hydrated(ana);
    await ana.keyboard.type('Nina');
    await anasKeys.write('Last name', 'Patel');
    await anasKeys.write('User name', 'nina');
    await ana.keyboard.press('Enter');
    await expect(ana.getByText('Temporary password', { exact: true })).toBeVisible();
    await hydrated(ana);
    await anasKeys.to('Copy password');
  });

  await test.step('and resets a password, after a dialog that can be left', async () => {
    await anasKeys.press('All users');
    await arrives(ana, 'Users');
    await anasKeys.press('Tom Okafor');
    await arrives(ana, 'Tom Okafor');
    const dialog = ana.getByRole('dialog');
    await anasKeys.press('Reset password');
    await expect(dialog).toBeVisible();
    await ana.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(ana.getByRole('button', { name: 'Reset password', exact: true })).toBeFocused();
    await ana.keyboard.press('Enter');
    await expect(dialog).toBeVisible();
    await anasKeys.press(/^Reset password/);
    await expect(ana.getByText('Temporary password', { exact: true })).toBeVisible();
    await anasKeys.press('Copy password');
    await expect(ana.getByRole('button', { name: 'Copy password' })).toBeFocused();
  });

  await test.step('and adds a domain', async () => {
    await anasKeys.press('Domains', /^\/customers\//);
    await arrives(ana, 'Domains');
    await anasKeys.press('Add domain');
    await expect(ana.getByLabel('Domain name', { exact: true })).toBeFocused();
    await hydrated(ana);
    await ana.keyboard.type('contoso-labs.example');
    await ana.keyboard.press('Enter');
    await anasKeys.press('Copy value');
    await anasKeys.press(/^Verify/);
    await expect(ana.getByText(/There is no name _mandate-challenge/).first()).toBeVisible();
  });

  await test.step('the customer removes the partner', async () => {
    complaints.allowStatus(404, 'the partner’s open page asks once more when their access has ended');
    await hydrated(mia);
    const dialog = mia.getByRole('dialog');
    await miasKeys.press(/^Remove Fabrikam Partners/);
    await expect(dialog).toBeVisible();
    await mia.keyboard.press('Escape');
    await expect(dialog).toBeHidden();
    await expect(mia.getByRole('button', { name: /^Remove Fabrikam Partners/ })).toBeFocused();
    await mia.keyboard.press('Enter');
    await miasKeys.press(/^Remove Fabrikam Partners/);
    await expect(mia.getByRole('button', { name: /^Remove Fabrikam Partners/ })).toHaveCount(0);
  });
});
