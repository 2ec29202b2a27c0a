import { expect, type Page } from '@playwright/test';
import { hydrated, open } from '../fixtures/hydration.ts';

/** Opens a customer from the overview; answers with the path that its pages begin with. */
export async function openCustomer(page: Page, name: string): Promise<string> {
  await open(page, '/partner');
  await page
    .getByRole('table', { name: /^Customers/ })
    .getByRole('link', { name, exact: true })
    .click();
  await expect(page.getByText(new RegExp(`^You are administering ${name} on behalf of`))).toBeVisible();
  await expect(page.getByRole('heading', { name: 'Users', level: 1 })).toBeVisible();
  await hydrated(page);
  const [, place] = /^(\/customers\/[\w-]+)\/users$/.exec(new URL(page.url()).pathname) ?? [];
  expect(place, page.url()).toBeDefined();
  return place ?? '';
}
