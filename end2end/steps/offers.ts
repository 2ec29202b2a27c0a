import { expect, type Page } from '@playwright/test';
import { hydrated, open } from '../fixtures/hydration.ts';

export const ROLES = ['Directory reader', 'Password administrator', 'User administrator', 'Domain administrator'];

export const consentHeading = (partner = 'Fabrikam Partners') => `Authorize ${partner} as your delegated administrator`;

/** Makes an offer that asks for `roles`, and stands on its page. */
export async function createOffer(page: Page, name: string, roles = ROLES): Promise<string> {
  await open(page, '/partner/offers/new');
  await page.getByLabel('Offer name', { exact: true }).fill(name);
  for (const role of ROLES) {
    await page.getByRole('checkbox', { name: role, exact: true }).setChecked(roles.includes(role));
  }
  await page.getByRole('button', { name: 'Create offer', exact: true }).click();
  return offerUrl(page);
}

export async function offerUrl(page: Page): Promise<string> {
  const field = page.getByLabel('Offer URL', { exact: true });
  await expect(field).toHaveValue(/^http:\/\/127\.0\.0\.1:\d+\/o\/[\w-]+$/);
  await hydrated(page);
  return field.inputValue();
}

/** Authorizes an offer, signed in as one who may. */
export async function authorize(page: Page, url: string): Promise<void> {
  await open(page, url);
  await page.getByRole('button', { name: 'Authorize', exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Partner relationships', level: 1 })).toBeVisible();
  await expect(page).toHaveURL('/partners');
}

/** Declines an offer from its page, which asks for a reason first. */
export async function decline(page: Page, reason: string): Promise<void> {
  await page.getByRole('button', { name: 'Decline', exact: true }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByLabel('Reason').fill(reason);
  await dialog.getByRole('button', { name: /^Decline/ }).click();
}
