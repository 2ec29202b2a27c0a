import { expect, type Page } from '@playwright/test';
import { open } from '../fixtures/hydration.ts';
import { copied } from './clipboard.ts';

export interface Challenge {
  name: string;
  value: string;
}

/** Adds a domain in the company whose pages begin with `place`; answers with the record to create. */
export async function addDomain(page: Page, place: string, domain: string): Promise<Challenge> {
  await open(page, `${place}/domains/new`);
  await page.getByLabel('Domain name', { exact: true }).fill(domain);
  await page.getByRole('button', { name: 'Add domain', exact: true }).click();
  await expect(page.getByRole('button', { name: 'Copy name', exact: true })).toBeVisible();
  return { name: await copied(page, 'Copy name'), value: await copied(page, 'Copy value') };
}

/** Asks the DNS about the one domain that waits for it. */
export async function verify(page: Page): Promise<void> {
  await page.getByRole('button', { name: /^Verify/ }).click();
}
