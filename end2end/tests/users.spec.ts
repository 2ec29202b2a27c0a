import type { Page } from '@playwright/test';
import { open } from '../fixtures/hydration.ts';
import { altered, postServerFn, recordPost, wasDone, type Post } from '../fixtures/posts.ts';
import { expect, test } from '../fixtures/test.ts';
import { openCustomer } from '../steps/customers.ts';
import { authorize, createOffer } from '../steps/offers.ts';
import { addUser, fillUser, openUser, resetPassword } from '../steps/users.ts';

test('the display name follows the other names until it is written', async ({ signedIn }) => {
  const mia = await signedIn('mia');
  await open(mia, '/users/new');
  const display = mia.getByLabel('Display name', { exact: true });
  await mia.getByLabel('First name').fill('Nina');
  await mia.getByLabel('Last name').fill('Patel');
  await expect(display).toHaveValue('Nina Patel');
  await display.fill('Nina P.');
  await mia.getByLabel('Last name').fill('Berg');
  await expect(display).toHaveValue('Nina P.');
});

test('what is wrong stands beside its field, and what was typed stays', async ({ signedIn }) => {
  const mia = await signedIn('mia');
  await open(mia, '/users/new');
  await fillUser(mia, { first: 'Tom', last: 'Other', userName: 'Tom' });
  await mia.getByLabel('Alternate email').fill('nowhere');
  await mia.getByRole('button', { name: 'Add user', exact: true }).click();
  await expect(mia.getByLabel('Alternate email')).toHaveAttribute('aria-invalid', 'true');
  await expect(mia.getByLabel('First name')).toHaveValue('Tom');

  await mia.getByLabel('Alternate email').fill('tom@elsewhere.example');
  await mia.getByRole('button', { name: 'Add user', exact: true }).click();
  const userName = mia.getByLabel('User name', { exact: true });
  await expect(userName).toHaveAccessibleDescription(/tom@contoso\.example is taken/);
  await expect(userName).toHaveValue('Tom');
  await expect(mia.getByLabel('Alternate email')).toHaveValue('tom@elsewhere.example');
});

test('a long list is searched, sorted and paged', async ({ signedIn, baseURL }) => {
  const mia = await signedIn('mia');
  const adding = await recordPost(mia, 'users/add', () =>
    addUser(mia, '', { first: 'Person', last: '00', userName: 'person00' }),
  );
  for (let n = 1; n < 60; n += 1) {
    const number = `${n}`.padStart(2, '0');
    const another = { last_name: number, display_name: `Person ${number}`, user_name: `person${number}` };
    await postServerFn(mia.request, baseURL ?? '', altered(adding, another));
  }
  const names = () =>
    mia
      .getByRole('table', { name: /^Users/ })
      .getByRole('link', { name: /^Person \d\d$/ })
      .allInnerTexts();
  const next = mia.getByRole('link', { name: 'Next' });

  await open(mia, '/users');
  const seen = await names();
  while ((await next.count()) > 0) {
    const before = mia.url();
    await next.click();
    await expect(mia).not.toHaveURL(before);
    await expect.poll(names).not.toEqual(seen.slice(-1 * (await names()).length));
    seen.push(...(await names()));
  }
  expect(seen).toEqual(Array.from({ length: 60 }, (_, n) => `Person ${`${n}`.padStart(2, '0')}`));

  const search = mia.getByLabel('Search users', { exact: true });
  await search.fill('person 4');
  await search.press('Enter');
  await expect.poll(names).toEqual(Array.from({ length: 10 }, (_, n) => `Person 4${n}`));
  await search.fill('cotnoso');
  await search.press('Enter');
  await expect(mia.getByText(/cotnoso/)).toBeVisible();
  await mia.getByRole('link', { name: 'Clear search' }).click();
  for (const order of ['ascending', 'descending']) {
    await mia.getByRole('link', { name: 'User name', exact: true }).click();
    await expect(mia.getByRole('columnheader', { name: 'User name' })).toHaveAttribute('aria-sort', order);
  }
  await expect.poll(async () => (await names())[0]).toBe('Person 59');
});

test('nobody climbs: on behalf, no administrator is reset or made', async ({ signedIn, baseURL }) => {
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  await authorize(mia, await createOffer(ana, 'Managed IT'));
  const place = await openCustomer(ana, 'Contoso');
  const idAt = (url: string) => new URL(url).pathname.split('/').at(-1) ?? '';
  await openUser(ana, place, 'Tom Okafor');
  const tom = idAt(ana.url());
  const reset = await recordPost(ana, 'users/reset-password', () => resetPassword(ana));
  await openUser(ana, place, 'Mia Lindqvist');
  await expect(ana.getByRole('button', { name: 'Reset password', exact: true })).toHaveCount(0);
  const mias = idAt(ana.url());
  const fields = reset.fields.map(([name, value]): [string, string] => [name, value === tom ? mias : value]);
  const hers = await postServerFn(ana.request, baseURL ?? '', { ...reset, fields });
  expect(await wasDone(hers)).toBe(false);

  await open(ana, `${place}/users/new`);
  const roles = ana.getByLabel('Role', { exact: true }).getByRole('option');
  await expect(roles.filter({ hasText: 'Global administrator' })).toHaveCount(0);
  await expect(roles.filter({ hasText: 'User administrator' })).toHaveCount(1);
  const adding = await recordPost(ana, 'users/add', () =>
    addUser(ana, place, { first: 'Nina', last: 'Patel', userName: 'nina' }),
  );
  const made = altered(adding, { user_name: 'climber', role: 'global_administrator' });
  expect(await wasDone(await postServerFn(ana.request, baseURL ?? '', made))).toBe(false);
  await open(mia, '/users');
  await expect(mia.getByText('climber@contoso.example')).toHaveCount(0);
  await expect(mia.getByRole('heading', { name: 'Users', level: 1 })).toBeVisible();
});

test('whoever may not add or reset is refused by the server function itself', async ({
  signedIn,
  visitor,
  baseURL,
}) => {
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  await authorize(mia, await createOffer(ana, 'Managed IT'));
  const place = await openCustomer(ana, 'Contoso');
  const adding = await recordPost(ana, 'users/add', () =>
    addUser(ana, place, { first: 'Nina', last: 'Patel', userName: 'nina' }),
  );
  await openUser(ana, place, 'Nina Patel');
  const reset = await recordPost(ana, 'users/reset-password', () => resetPassword(ana));
  const another = altered(adding, { user_name: 'another' });

  const strangers = [
    await signedIn('kim'),
    await signedIn('tom'),
    await signedIn('nora'),
    await signedIn('pia'),
    await visitor(),
  ];
  const leo = await signedIn('leo');
  const doneBy = async (page: Page, post: Post) => wasDone(await postServerFn(page.request, baseURL ?? '', post));
  for (const page of [...strangers, leo]) {
    expect(await doneBy(page, another)).toBe(false);
  }
  for (const page of strangers) {
    expect(await doneBy(page, reset)).toBe(false);
  }
  expect(await doneBy(leo, reset), 'limited administration resets passwords').toBe(true);
  await open(mia, '/users');
  await expect(mia.getByText('another@contoso.example')).toHaveCount(0);
});
