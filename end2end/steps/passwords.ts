import { expect, type Page } from '@playwright/test';
import { hydrated } from '../fixtures/hydration.ts';

/** Where a person stands who signed in with a temporary password. */
export async function mustChoosePassword(page: Page): Promise<void> {
  await expect(page.getByLabel('New password', { exact: true })).toBeVisible();
  await hydrated(page);
}

export async function choosePassword(page: Page, password: string): Promise<void> {
  await mustChoosePassword(page);
  await fillNewPassword(page, password);
}

/** Fills in and sends the form, whether or not there is JavaScript. */
export async function fillNewPassword(page: Page, password: string): Promise<void> {
  await page.getByLabel('New password', { exact: true }).fill(password);
  await page.getByLabel('Repeat new password', { exact: true }).fill(password);
  // A refusal leads back to the same page: what is looked for next has to stand in the new one.
  await Promise.all([
    page.waitForEvent('framenavigated'),
    page.getByRole('button', { name: 'Save password', exact: true }).click(),
  ]);
}
