import { expect, type Locator, type Page } from '@playwright/test';
import { open } from '../fixtures/hydration.ts';

/** Opens the dialog that asks whether to remove a partner. */
export async function askToRemove(page: Page, partner: string): Promise<Locator> {
  await open(page, '/partners');
  await page.getByRole('button', { name: `Remove ${partner}` }).click();
  const dialog = page.getByRole('dialog');
  await expect(dialog).toBeVisible();
  return dialog;
}
