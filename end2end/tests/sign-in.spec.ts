import type { Page } from '@playwright/test';
import { hydrated, open } from '../fixtures/hydration.ts';
import { PASSWORD, PEOPLE } from '../fixtures/people.ts';
import { altered, postServerFn, recordPost, wasDone } from '../fixtures/posts.ts';
import { enterCredentials, signIn } from '../fixtures/sign-in.ts';
import { expect, test } from '../fixtures/test.ts';
import { choosePassword, mustChoosePassword } from '../steps/passwords.ts';
import { addUser, blockUser, openUser } from '../steps/users.ts';

const field = (page: Page, name: string) => page.getByLabel(name, { exact: true });

async function refused(page: Page, userName: string, password: string): Promise<string> {
  await open(page, '/sign-in');
  await field(page, 'User name').fill(userName);
  await field(page, 'Password').fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
  const alert = page.getByRole('alert');
  await expect(alert).toBeVisible();
  await expect(field(page, 'User name')).toHaveValue(userName);
  return alert.innerText();
}

test('a wrong password, an unknown user and a blocked user read alike', async ({ visitor, signedIn }) => {
  const mia = await signedIn('mia');
  await addUser(mia, '', { first: 'Nina', last: 'Patel', userName: 'nina' });
  await openUser(mia, '', 'Nina Patel');
  await blockUser(mia, 'Nina Patel');

  const page = await visitor();
  const wrong = await refused(page, PEOPLE.mia, 'not-her-password');
  expect(await refused(page, 'nobody@contoso.example', 'not-her-password')).toBe(wrong);
  expect(await refused(page, 'nobody', 'not-her-password')).toBe(wrong);
  expect(await refused(page, 'nina@contoso.example', 'not-her-password')).toBe(wrong);
});

test('the page that was wanted comes after signing in', async ({ page }) => {
  await open(page, '/users?q=ton');
  await expect(page).toHaveURL(/\/sign-in/);
  await enterCredentials(page, PEOPLE.mia);
  await expect(page).toHaveURL('/users?q=ton');
});

test('signing in leads to no other site', async ({ page, baseURL, complaints }) => {
  complaints.allowStatus(404, 'what is left of such an address is no page here');
  await open(page, '/users');
  const [[parameter] = []] = [...new URL(page.url()).searchParams];
  expect(parameter).toBeDefined();
  const elsewhere = [
    'https://evil.example/',
    '//evil.example/',
    '/\\evil.example/',
    '\\\\evil.example/',
    '/\t/evil.example/',
    '/%09/evil.example/',
    'http:evil.example',
    'javascript:alert(1)',
    '/@evil.example/..//evil.example',
  ];
  for (const target of elsewhere) {
    await open(page, `/sign-in?${parameter}=${encodeURIComponent(target)}`);
    await enterCredentials(page, PEOPLE.mia);
    await hydrated(page);
    expect(new URL(page.url()).origin, target).toBe(baseURL);
    await page.context().clearCookies();
  }
});

test('where the front door leads', async ({ visitor }) => {
  const page = await visitor();
  await open(page, '/');
  await expect(page).toHaveURL(/\/sign-in/);
  await signIn(page, PEOPLE.leo);
  await open(page, '/');
  await expect(page).toHaveURL('/partner');
  const customer = await visitor();
  await signIn(customer, PEOPLE.tom);
  await open(customer, '/');
  await expect(customer).toHaveURL('/users');
  await expect(customer.getByRole('link', { name: 'Partner', exact: true })).toHaveCount(0);
});

test('a temporary password is changed before anything else works', async ({ visitor, signedIn, baseURL }) => {
  const mia = await signedIn('mia');
  const role = 'Global administrator';
  const password = await addUser(mia, '', { first: 'Nina', last: 'Patel', userName: 'nina', role });
  const adding = await recordPost(mia, 'users/add', () =>
    addUser(mia, '', { first: 'Olga', last: 'Berg', userName: 'olga' }),
  );

  const nina = await visitor();
  await signIn(nina, 'nina@contoso.example', password);
  for (const path of ['/', '/users', '/users/new', '/domains', '/partners', '/activity']) {
    await open(nina, path);
    await mustChoosePassword(nina);
  }
  const answer = await postServerFn(nina.request, baseURL ?? '', altered(adding, { user_name: 'pavel' }));
  expect(await wasDone(answer)).toBe(false);
  await open(mia, '/users');
  await expect(mia.getByText('pavel@contoso.example')).toHaveCount(0);

  for (const [weak, why] of [
    ['short', /at least 12 characters/],
    ['contoso-contoso', /easy to guess/],
    ['nina patel 2026', /easy to guess/],
    [password, /another password/],
  ] as const) {
    await choosePassword(nina, weak);
    await expect(nina.getByText(why).first()).toBeVisible();
  }
  await choosePassword(nina, 'velvet-harbor-41-quince-lantern');
  await expect(nina.getByRole('heading', { name: 'Users', level: 1 })).toBeVisible();
});

test('signing out ends the session', async ({ page }) => {
  await signIn(page, PEOPLE.mia);
  const cookies = await page.context().cookies();
  await page.getByRole('button', { name: 'Account' }).click();
  await page.getByRole('button', { name: 'Sign out', exact: true }).click();
  await expect(page.getByLabel('Password', { exact: true })).toBeVisible();

  await page.context().addCookies(cookies);
  await open(page, '/users');
  await expect(page).toHaveURL(/\/sign-in/);
});

test('many wrong attempts slow a person down and never lock them out', async ({ page, request, baseURL }) => {
  const attempt = await recordPost(page, 'session/sign-in', () => refused(page, PEOPLE.mia, 'not-her-password'));
  for (let n = 1; n < 8; n += 1) {
    await postServerFn(request, baseURL ?? '', attempt);
  }
  const began = Date.now();
  await signIn(page, PEOPLE.mia, PASSWORD);
  expect(Date.now() - began).toBeGreaterThan(1500);
});
