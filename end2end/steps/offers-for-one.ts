import { expect, type Page } from '@playwright/test';
import { hydrated, open } from '../fixtures/hydration.ts';
import { offerUrl } from './offers.ts';

export interface ForOne {
  name: string;
  addressedTo?: string;
  email?: string;
  /** Whether it is mailed to that address. */
  mail?: boolean;
}

/** Makes an offer for one company, and stands on its page. */
export async function createForOne(page: Page, { name, addressedTo, email, mail }: ForOne): Promise<string> {
  await open(page, '/partner/offers/new');
  await page.getByLabel('Offer name', { exact: true }).fill(name);
  await page.getByRole('radio', { name: 'One customer only', exact: true }).check();
  await page.getByLabel('Domain or user name').fill(addressedTo ?? '');
  await page.getByLabel('Email of the addressee').fill(email ?? '');
  await page.getByRole('checkbox', { name: 'Mail the offer to this address', exact: true }).setChecked(mail ?? false);
  await page.getByRole('button', { name: 'Create offer', exact: true }).click();
  return offerUrl(page);
}

/** The code that stands on an offer's page and on that of its link. */
export async function verificationCode(page: Page): Promise<string> {
  const code = page.locator('.compare .code');
  await expect(code).toHaveText(/^[34679A-Z]{4}-[34679A-Z]{4}$/);
  return code.innerText();
}

/** Fills the form of a list, and asks to look at what would come of it. */
export async function checkList(page: Page, name: string, list: string): Promise<void> {
  await open(page, '/partner/offers/bulk');
  await page.getByLabel('Name of all', { exact: true }).fill(name);
  await page.getByLabel('List of companies', { exact: true }).fill(list);
  await page.getByRole('button', { name: 'Look at the offers', exact: true }).click();
  await hydrated(page);
}
