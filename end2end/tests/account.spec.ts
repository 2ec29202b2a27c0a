import type { Page } from '@playwright/test';
import type { Mailbox } from '../fixtures/smtp.ts';
import { hydrated, open } from '../fixtures/hydration.ts';
import { look } from '../fixtures/look.ts';
import { PASSWORD, PEOPLE } from '../fixtures/people.ts';
import { enterCredentials, signIn } from '../fixtures/sign-in.ts';
import { expect, test } from '../fixtures/test.ts';
import { fillNewPassword } from '../steps/passwords.ts';
import { openUser, resetPassword } from '../steps/users.ts';

const NEW_PASSWORD = 'velvet-harbor-41-quince-lantern';
const HOME = 'tom@home.example';

const field = (page: Page, name: string) => page.getByLabel(name, { exact: true });
const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true });

/** Gives the person whose page this is an alternate e-mail, through the code that is mailed there. */
async function confirmEmail(page: Page, mailbox: Mailbox, address: string): Promise<void> {
  await page.goto('/account');
  await page.getByRole('textbox', { name: 'Alternate email', exact: true }).fill(address);
  await button(page, 'Send code').click();
  await expect(page.getByText('A code is on its way.')).toBeVisible();
  const mail = await mailbox.waitFor({ to: address, subject: /^Confirm your alternate email$/ });
  const [code = ''] = /\d{6}/.exec(mail.text) ?? [];
  await field(page, 'Code').fill(code);
  await button(page, 'Confirm this address').click();
  await expect(page.getByText('Your alternate email is confirmed.')).toBeVisible();
}

async function askForHelp(page: Page, userName: string): Promise<string> {
  await page.goto('/sign-in');
  await page.getByRole('link', { name: 'Can’t sign in?', exact: true }).click();
  await expect(page).toHaveURL('/cant-sign-in');
  await field(page, 'User name').fill(userName);
  await button(page, 'Ask for help').click();
  await expect(page.getByRole('heading', { name: 'Look into your mail', level: 1 })).toBeVisible();
  return page.getByRole('main').innerText();
}

function linkIn(text: string): string {
  const [link = ''] = /http:\/\/\S+\/l\/\S+/.exec(text) ?? [];
  expect(link).not.toBe('');
  return link;
}

test.describe('without JavaScript', () => {
  test.beforeEach(({ complaints }) => {
    complaints.allow(/mandate\.\S+\.wasm was preloaded .* but not used/, 'nothing runs it where JavaScript is off');
  });

  test('a forgotten password is chosen anew by a link', async ({ visitor, mailbox }) => {
    const tom = await visitor({ javaScriptEnabled: false });
    await tom.goto('/sign-in');
    await enterCredentials(tom, PEOPLE.tom);
    await confirmEmail(tom, mailbox, HOME);

    const page = await visitor({ javaScriptEnabled: false });
    const said = await askForHelp(page, PEOPLE.tom);
    expect(await askForHelp(page, 'nobody@contoso.example'), 'it reads the same for nobody').toBe(said);
    const mail = await mailbox.waitFor({ to: HOME, subject: /^Choose a new password$/ });
    const link = linkIn(mail.text);
    // A scanner that opens the link does not use it up.
    for (let n = 0; n < 2; n += 1) {
      await (await visitor({ javaScriptEnabled: false })).goto(link);
    }
    await page.goto(link);
    await expect(page).toHaveURL('/password?by=link');
    await fillNewPassword(page, NEW_PASSWORD);
    await expect(page.getByText('Your password is set. Sign in with it.')).toBeVisible();
    await enterCredentials(page, PEOPLE.tom, NEW_PASSWORD);
    await page.goto(link);
    await expect(page.getByRole('heading', { name: 'This link does not work', level: 1 })).toBeVisible();
    await tom.goto('/account');
    await expect(tom).toHaveURL(/\/sign-in/);
  });

  test('the account', async ({ visitor, mailbox }) => {
    const tom = await visitor({ javaScriptEnabled: false });
    await tom.goto('/sign-in');
    await enterCredentials(tom, PEOPLE.tom);
    await button(tom, 'Account').click();
    await tom.getByRole('link', { name: 'Your account', exact: true }).click();
    await expect(tom.getByRole('heading', { name: 'Account', level: 1 })).toBeVisible();

    await field(tom, 'Display name').fill('');
    await button(tom, 'Save').click();
    await expect(field(tom, 'Display name')).toHaveAttribute('aria-invalid', 'true');
    await field(tom, 'Display name').fill('Tom O.');
    await field(tom, 'Language for dates and numbers').selectOption({ label: 'Deutsch' });
    await button(tom, 'Save').click();
    await expect(tom.getByText('Saved.')).toBeVisible();
    await expect(field(tom, 'Display name')).toHaveValue('Tom O.');
    await expect(tom.locator('time').first()).toHaveText(/^\d+\. \S+ \d{4}, \d\d:\d\d$/);

    await tom.getByRole('textbox', { name: 'Alternate email', exact: true }).fill('nowhere');
    await button(tom, 'Send code').click();
    await expect(tom.getByRole('textbox', { name: 'Alternate email', exact: true })).toHaveAttribute('aria-invalid', 'true');
    await confirmEmail(tom, mailbox, HOME);
    await button(tom, 'Remove this address').click();
    await expect(tom.getByText('You have no alternate email any more.')).toBeVisible();
    await mailbox.waitFor({ to: HOME, subject: /^Your alternate email was changed$/ });

    const elsewhere = await visitor({ javaScriptEnabled: false });
    await elsewhere.goto('/sign-in');
    await enterCredentials(elsewhere, PEOPLE.tom);
    await tom.goto('/account');
    const others = tom.getByRole('button', { name: /^End / });
    await expect(others).toHaveCount(1);
    await expect(others).toHaveAccessibleName(/^End Chrome on Linux, 127\.0\.0\.1, signed in /);
    await others.click();
    await expect(tom.getByText('That browser is signed out.')).toBeVisible();
    await elsewhere.goto('/account');
    await expect(elsewhere).toHaveURL(/\/sign-in/);

    await button(tom, 'Sign out everywhere').click();
    await tom.getByRole('dialog').getByRole('button', { name: 'Sign out everywhere', exact: true }).click();
    await expect(tom).toHaveURL(/\/sign-in/);
    await tom.goto('/account');
    await expect(tom).toHaveURL(/\/sign-in/);
  });
});

test('without a confirmed address, administrators are told', async ({ visitor, signedIn, mailbox }) => {
  await askForHelp(await visitor(), PEOPLE.tom);
  const mail = await mailbox.waitFor({ to: PEOPLE.mia, subject: /^Tom Okafor cannot sign in$/ });
  expect(mail.text).not.toContain('/l/');
  const [page = ''] = /http:\/\/\S+\/users\/\S+/.exec(mail.text) ?? [];
  const mia = await signedIn('mia');
  await open(mia, new URL(page).pathname);
  await resetPassword(mia);
});

test('what an administrator sets is not confirmed', async ({ signedIn, visitor, mailbox }) => {
  const mia = await signedIn('mia');
  await openUser(mia, '', 'Tom Okafor');
  await field(mia, 'Alternate email').fill(HOME);
  await button(mia, 'Save').click();
  await expect(mia.getByText('Its owner has not confirmed it')).toBeVisible();

  const tom = await signedIn('tom');
  await open(tom, '/account');
  await expect(tom.getByText('Not confirmed', { exact: true })).toBeVisible();
  await expect(tom.getByText(/Mia \S+ of Contoso set it/)).toBeVisible();
  await askForHelp(await visitor(), PEOPLE.tom);
  await mailbox.waitFor({ to: PEOPLE.mia, subject: /^Tom Okafor cannot sign in$/ });
  expect(mailbox.mails.filter(({ to }) => to.includes(HOME))).toEqual([]);
  await confirmEmail(tom, mailbox, HOME);
});

test('dates and numbers are written the viewer’s way on every page', async ({ signedIn }) => {
  const mia = await signedIn('mia');
  await open(mia, '/account');
  await field(mia, 'Language for dates and numbers').selectOption({ label: '日本語' });
  await button(mia, 'Save').click();
  await expect(mia.getByText('Saved.')).toBeVisible();
  await hydrated(mia);
  const written = /^\d{4}年\d+月\d+日 \d+:\d\d$/;
  await expect(mia.locator('time').first()).toHaveText(written);
  await open(mia, '/activity');
  await expect(mia.locator('time').first()).toHaveText(written);
  // By a link within the site, where the browser itself writes them.
  await mia.getByRole('link', { name: 'Users', exact: true }).click();
  await mia.getByRole('link', { name: 'Activity', exact: true }).click();
  await expect(mia.locator('time').first()).toHaveText(written);
  // It belongs to the person, not to the browser.
  const again = await signedIn('mia');
  await open(again, '/activity');
  await expect(again.locator('time').first()).toHaveText(written);
});

test('the strength of a password shows while it is typed', async ({ signedIn, visitor, mailbox }) => {
  const tom = await signedIn('tom');
  await open(tom, '/password');
  const meter = tom.getByRole('meter', { name: 'Strength of the password' });
  await expect(meter).toHaveCount(0);
  const typed = field(tom, 'New password');
  await typed.pressSequentially('short');
  await expect(tom.getByText('Use at least 12 characters.')).toBeVisible();
  await typed.fill('tom okafor contoso');
  await expect(tom.getByText(/too easy to guess.*Leave out your name/)).toBeVisible();
  await expect(meter).toHaveAttribute('value', '0');
  await typed.fill(NEW_PASSWORD);
  await expect(tom.getByText('Very hard to guess.')).toBeVisible();
  await expect(meter).toHaveAttribute('value', '4');
  await typed.fill('');
  await expect(meter).toHaveCount(0);

  await confirmEmail(tom, mailbox, HOME);
  const page = await visitor();
  await askForHelp(page, PEOPLE.tom);
  const mail = await mailbox.waitFor({ to: HOME, subject: /^Choose a new password$/ });
  await open(page, linkIn(mail.text));
  await field(page, 'New password').fill('password');
  await expect(page.getByText('Use at least 12 characters.')).toBeVisible();
});

test('five wrong codes end a code', async ({
  page,
  mailbox,
}) => {
  await signIn(page, PEOPLE.tom, PASSWORD);
  await open(page, '/account');
  await expect(field(page, 'Current password')).toHaveCount(0);
  await page.getByRole('textbox', { name: 'Alternate email', exact: true }).fill(HOME);
  await button(page, 'Send code').click();
  const mail = await mailbox.waitFor({ to: HOME, subject: /^Confirm your alternate email$/ });
  const [code = ''] = /\d{6}/.exec(mail.text) ?? [];
  const wrong = `${(Number(code[0]) + 1) % 10}${code.slice(1)}`;
  for (let n = 0; n < 5; n += 1) {
    await field(page, 'Code').fill(wrong);
    await Promise.all([page.waitForEvent('framenavigated'), button(page, 'Confirm this address').click()]);
    await expect(page.getByText('This is not the code that was sent last').first()).toBeVisible();
  }
  await expect(page.getByText('does not work any more.')).toBeVisible();
  await button(page, 'Leave it as it was').click();
  await expect(page.getByText('Nothing was changed.')).toBeVisible();
});

test('how it looks', async ({ signedIn, visitor }) => {
  test.setTimeout(180_000);
  const page = await visitor();
  await open(page, '/cant-sign-in');
  await look(page, 'cant-sign-in');
  await field(page, 'User name').fill('tom');
  await button(page, 'Ask for help').click();
  await expect(page.getByRole('alert')).toBeVisible();
  await look(page, 'cant-sign-in-refused');
  await askForHelp(page, PEOPLE.tom);
  await look(page, 'cant-sign-in-asked');

  const tom = await signedIn('tom');
  await open(tom, '/account');
  await look(tom, 'account');
  await tom.getByRole('textbox', { name: 'Alternate email', exact: true }).fill(HOME);
  await button(tom, 'Send code').click();
  await expect(field(tom, 'Code')).toBeVisible();
  await look(tom, 'account-code');
  await button(tom, 'Sign out everywhere').click();
  await look(tom, 'account-everywhere');
  await open(tom, '/password');
  await field(tom, 'New password').fill('tom okafor contoso');
  await expect(tom.getByRole('meter')).toBeVisible();
  await look(tom, 'password-strength');
});
