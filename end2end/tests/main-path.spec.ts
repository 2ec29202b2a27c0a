import { hydrated, open } from '../fixtures/hydration.ts';
import { PASSWORD, PEOPLE } from '../fixtures/people.ts';
import { enterCredentials, signIn } from '../fixtures/sign-in.ts';
import { expect, test } from '../fixtures/test.ts';
import { copied } from '../steps/clipboard.ts';
import { openCustomer } from '../steps/customers.ts';
import { addDomain, verify } from '../steps/domains.ts';
import { consentHeading, offerUrl } from '../steps/offers.ts';
import { askToRemove } from '../steps/partners.ts';
import { choosePassword, mustChoosePassword } from '../steps/passwords.ts';
import { addUser, openUser, resetPassword } from '../steps/users.ts';

const NEW_PASSWORD = 'velvet-harbor-41-quince-lantern';

test('a partner is authorized, administers, and is removed', async ({
  visitor,
  signedIn,
  mailbox,
  zone,
  complaints,
}) => {
  test.setTimeout(180_000);
  const [ana, mia] = [await visitor(), await visitor()];
  let url = '';
  let place = '';
  let ninasPassword = '';
  let tomsPassword = '';

  await test.step('the partner sends an offer', async () => {
    await signIn(ana, PEOPLE.ana);
    await ana.getByRole('link', { name: 'Partner', exact: true }).click();
    await expect(ana.getByRole('heading', { name: 'Partner overview', level: 1 })).toBeVisible();
    await ana.getByRole('link', { name: 'Send delegated administration offers', exact: true }).click();
    await expect(ana.getByRole('heading', { name: 'Offer delegated administration', level: 1 })).toBeVisible();
    await ana.getByLabel('Offer name', { exact: true }).fill('Managed IT');
    await ana.getByRole('button', { name: 'Create offer', exact: true }).click();
    url = await offerUrl(ana);
    expect(await copied(ana, 'Copy URL')).toBe(url);
    expect(await copied(ana, 'Copy message')).toContain(url);

    const mailto = (await ana.getByRole('link', { name: 'Open in email', exact: true }).getAttribute('href')) ?? '';
    expect(mailto).toMatch(/^mailto:\?/);
    expect(mailto.length).toBeLessThanOrEqual(1900);
    expect(mailto).not.toMatch(/\+|%0A(?<!%0D%0A)/);
    expect(new URL(mailto).searchParams.get('body')).toContain(url);
  });

  await test.step('the customer follows the link and authorizes', async () => {
    await open(mia, url);
    expect(mia.url()).not.toContain(url.split('/o/')[1]);
    await expect(mia.getByRole('heading', { name: consentHeading(), level: 1 })).toBeVisible();
    await expect(mia.getByRole('button', { name: 'Authorize', exact: true })).toHaveCount(0);
    await mia.getByRole('link', { name: 'Sign in to continue', exact: true }).click();
    await enterCredentials(mia, PEOPLE.mia);
    await expect(mia.getByRole('heading', { name: consentHeading(), level: 1 })).toBeVisible();
    await expect(mia.getByText(/You are signed in as\s+Mia\s+\(Contoso\)/)).toBeVisible();
    await hydrated(mia);
    await mia.getByRole('button', { name: 'Authorize', exact: true }).click();
    await expect(mia.getByRole('heading', { name: 'Partner relationships', level: 1 })).toBeVisible();
    await expect(mia).toHaveURL('/partners');
    await expect(mia.getByRole('heading', { name: /^Fabrikam Partners/ })).toBeVisible();
  });

  await test.step('the sender and the partner’s contact are told', async () => {
    for (const to of [PEOPLE.ana, 'support@fabrikam.example']) {
      const mail = await mailbox.waitFor({ to, subject: /^Contoso authorized Fabrikam Partners$/ });
      expect(mail.text).toContain('Mia Lindqvist');
      expect(mail.text).toContain('Managed IT');
    }
  });

  await test.step('the partner opens the customer', async () => {
    place = await openCustomer(ana, 'Contoso');
    await expect(ana.getByText('You are administering Contoso on behalf of Fabrikam Partners')).toBeVisible();
  });

  await test.step('and adds a user, who has to choose a password', async () => {
    ninasPassword = await addUser(ana, place, { first: 'Nina', last: 'Patel', userName: 'nina' });
    const nina = await visitor();
    await signIn(nina, 'nina@contoso.example', ninasPassword);
    await mustChoosePassword(nina);
    await open(nina, '/users');
    await choosePassword(nina, NEW_PASSWORD);
    await expect(nina.getByRole('heading', { name: 'Users', level: 1 })).toBeVisible();
    await signIn(await visitor(), 'nina@contoso.example', NEW_PASSWORD);
  });

  await test.step('and resets a password, which ends the sessions', async () => {
    const tom = await signedIn('tom');
    await openUser(ana, place, 'Tom Okafor');
    tomsPassword = await resetPassword(ana);
    await tom.goto('/users');
    await expect(tom).toHaveURL(/\/sign-in/);
    await signIn(tom, PEOPLE.tom, tomsPassword);
    await mustChoosePassword(tom);
  });

  await test.step('and adds a domain, and verifies it', async () => {
    const { name, value } = await addDomain(ana, place, 'https://Contoso-Labs.example./');
    expect(name).toBe('_mandate-challenge.contoso-labs.example');
    const seen = (text: RegExp) => expect(ana.getByText(text).filter({ visible: true }).first()).toBeVisible();

    await verify(ana);
    await seen(/There is no name _mandate-challenge\.contoso-labs\.example yet/);
    zone.set(name, { kind: 'no TXT' });
    await verify(ana);
    await seen(/exists, but it has no TXT record yet/);
    zone.set(name, { kind: 'txt', values: ['mandate=something-else'] });
    await verify(ana);
    await seen(/another value: “mandate=something-else”/);
    zone.set(name, { kind: 'server failure' });
    await verify(ana);
    await seen(/name servers answered with a failure/);
    zone.set(name, { kind: 'silence' });
    await verify(ana);
    await seen(/did not answer within 5 seconds/);
    const others = Array.from({ length: 40 }, (_, n) => `v=spf1 include:mail-${n}.example`);
    zone.set(name, { kind: 'txt', values: [...others, value] });
    await verify(ana);
    await expect(ana.getByText('Verified', { exact: true }).first()).toBeVisible();
    expect(zone.asked.map(({ over }) => over)).toContain('tcp');

    await open(ana, `${place}/users/new`);
    const domains = ana.getByLabel('Domain', { exact: true }).getByRole('option');
    await expect(domains.filter({ hasText: 'contoso-labs.example' })).toHaveCount(1);
    await expect(ana.getByLabel('Domain', { exact: true }).locator('option:checked')).toHaveText('contoso.example');
  });

  await test.step('both sides can read who did what', async () => {
    for (const [page, other] of [
      [mia, 'Fabrikam Partners'],
      [ana, 'Contoso'],
    ] as const) {
      await open(page, '/activity');
      const table = page.getByRole('table', { name: /^Activity/ });
      for (const what of ['Added user', 'Reset password', 'Added domain', 'Verified domain']) {
        const row = table.getByRole('row', { name: new RegExp(what, 'i') }).filter({ hasText: 'Ana Ruiz' });
        await expect(row, `${what} as ${other} reads it`).toHaveCount(1);
        await expect(row).toContainText(PEOPLE.ana);
        await expect(row).toContainText(other);
      }
    }
  });

  await test.step('a person with limited or no administration is held back', async () => {
    complaints.allowStatus(403, 'what these two may not do is answered with 403');
    const leo = await signedIn('leo');
    expect(await openCustomer(leo, 'Contoso')).toBe(place);
    await expect(leo.getByRole('link', { name: 'Add user', exact: true })).toHaveCount(0);
    expect(await open(leo, `${place}/users/new`)).toBe(403);
    const kim = await signedIn('kim');
    expect(await open(kim, `${place}/users`)).toBe(403);
  });

  await test.step('the customer removes the partner, and the next request fails', async () => {
    const dialog = await askToRemove(mia, 'Fabrikam Partners');
    await expect(dialog).toContainText('Tom Okafor');
    await expect(dialog).not.toContainText('Nina Patel');
    await dialog.getByRole('button', { name: 'Remove Fabrikam Partners' }).click();
    await expect(mia.getByRole('button', { name: /^Remove Fabrikam Partners/ })).toHaveCount(0);

    complaints.allowStatus(404, 'a customer that removed its partner is as one that does not exist');
    expect(await open(ana, `${place}/users`)).toBe(404);
    expect(await open(await signedIn('leo'), `${place}/users`)).toBe(404);
    for (const to of [PEOPLE.ana, PEOPLE.mia]) {
      await mailbox.waitFor({ to, subject: /^Contoso removed Fabrikam Partners$/ });
    }
  });

  await test.step('and no password that the partner knew opens a door', async () => {
    const stranger = await visitor();
    await open(stranger, '/sign-in');
    await stranger.getByLabel('User name', { exact: true }).fill(PEOPLE.tom);
    await stranger.getByLabel('Password', { exact: true }).fill(tomsPassword);
    await stranger.getByRole('button', { name: 'Sign in', exact: true }).click();
    await expect(stranger.getByRole('alert')).toBeVisible();
    await signIn(await visitor(), PEOPLE.mia, PASSWORD);
  });
});
