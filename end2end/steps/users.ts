import { expect, type Page } from '@playwright/test';
import { hydrated, open } from '../fixtures/hydration.ts';
import { copied } from './clipboard.ts';

export interface NewUser {
  first: string;
  last: string;
  userName: string;
  domain?: string;
  role?: string;
}

export async function fillUser(page: Page, { first, last, userName, domain, role }: NewUser): Promise<void> {
  await page.getByLabel('First name').fill(first);
  await page.getByLabel('Last name').fill(last);
  await page.getByLabel('Display name', { exact: true }).fill(`${first} ${last}`);
  await page.getByLabel('User name', { exact: true }).fill(userName);
  if (domain) {
    await page.getByLabel('Domain', { exact: true }).selectOption({ label: domain });
  }
  if (role) {
    await page.getByLabel('Role', { exact: true }).selectOption({ label: role });
  }
}

/** Adds a user in the company whose pages begin with `place`; answers with the temporary password. */
export async function addUser(page: Page, place: string, user: NewUser): Promise<string> {
  await open(page, `${place}/users/new`);
  await fillUser(page, user);
  await page.getByRole('button', { name: 'Add user', exact: true }).click();
  return temporaryPassword(page);
}

export async function openUser(page: Page, place: string, displayName: string): Promise<void> {
  await open(page, `${place}/users`);
  await page
    .getByRole('table', { name: /^Users/ })
    .getByRole('link', { name: displayName, exact: true })
    .click();
  await expect(page.getByRole('heading', { name: displayName, level: 1 })).toBeVisible();
  await hydrated(page);
}

/** Resets the password of the user whose page this is; answers with the temporary one. */
export async function resetPassword(page: Page): Promise<string> {
  await page.getByRole('button', { name: 'Reset password', exact: true }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Reset password/ })
    .click();
  return temporaryPassword(page);
}

/** Keeps the user whose page this is from signing in. */
export async function blockUser(page: Page, displayName: string): Promise<void> {
  await page.getByRole('button', { name: 'Block from signing in', exact: true }).click();
  await page
    .getByRole('dialog')
    .getByRole('button', { name: `Block ${displayName}`, exact: true })
    .click();
  await expect(page.getByRole('button', { name: 'Let sign in again', exact: true })).toBeVisible();
}

async function temporaryPassword(page: Page): Promise<string> {
  await expect(page.getByText('Temporary password', { exact: true })).toBeVisible();
  await hydrated(page);
  const password = await copied(page, 'Copy password');
  await expect(page.getByText(password, { exact: true })).toBeVisible();
  return password;
}
