import { expect, type Page } from '@playwright/test';

/** What a *Copy …* button puts on the clipboard. */
export async function copied(page: Page, button: string): Promise<string> {
  await page.bringToFront();
  await page.evaluate(() => navigator.clipboard.writeText(''));
  await page.getByRole('button', { name: button, exact: true }).click();
  const read = () => page.evaluate(() => navigator.clipboard.readText());
  await expect.poll(read).not.toBe('');
  return read();
}
