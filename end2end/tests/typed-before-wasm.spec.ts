import type { Page } from '@playwright/test';
import { hydrated } from '../fixtures/hydration.ts';
import { expect, test } from '../fixtures/test.ts';

/** Opens a page whose WASM waits; answers with what lets it come. */
async function openBeforeWasm(page: Page, path: string): Promise<() => Promise<void>> {
  let release = () => {};
  const released = new Promise<void>((resolve) => (release = resolve));
  await page.route(/\.wasm(\?|$)/, async (route) => {
    await released;
    await route.continue();
  });
  const held = page.waitForRequest(/\.wasm(\?|$)/);
  await page.goto(path, { waitUntil: 'commit' });
  await held;
  return async () => {
    release();
    await hydrated(page);
  };
}

const CASES = [
  { path: '/partner/offers/new', person: 'ana', fields: { 'Offer name': 'Typed early', 'Number of days': '30' } },
  {
    path: '/partner/trials/new',
    person: 'ana',
    fields: { 'Number of licenses': '7', 'Offer name optional': 'Typed early', 'Number of days': '30' },
  },
  {
    path: '/partner/purchases/new',
    person: 'ana',
    fields: { 'Licenses of line 1': '7', 'Your reference optional': 'Q-17' },
  },
  {
    path: '/users/new',
    person: 'mia',
    fields: { 'First name': 'Nina', 'Last name': 'Patel', 'Display name': 'Nina P.', 'User name': 'nina' },
  },
  { path: '/domains/new', person: 'mia', fields: { 'Domain name': 'contoso-labs.example' } },
] as const;

for (const { path, person, fields } of CASES) {
  test(`what is typed early at ${path} stays`, async ({ visitor, signedIn }) => {
    const page = person ? await signedIn(person) : await visitor();
    const arrive = await openBeforeWasm(page, path);
    const labelled = (label: string) => page.getByLabel(label, { exact: true });
    for (const [label, text] of Object.entries(fields)) {
      await labelled(label).fill(text);
    }
    await arrive();
    for (const [label, text] of Object.entries(fields)) {
      await expect(labelled(label)).toHaveValue(text);
    }
  });
}

test('roles cleared early stay cleared', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  const arrive = await openBeforeWasm(ana, '/partner/offers/new');
  const role = ana.getByRole('checkbox', { name: 'Domain administrator', exact: true });
  await role.uncheck();
  await arrive();
  await expect(role).not.toBeChecked();
});
