import { open } from '../fixtures/hydration.ts';
import { look } from '../fixtures/look.ts';
import { expect, test } from '../fixtures/test.ts';
import { copied } from '../steps/clipboard.ts';
import { addDomain, verify } from '../steps/domains.ts';
import { openCustomer } from '../steps/customers.ts';
import { authorize, createOffer } from '../steps/offers.ts';
import { addUser } from '../steps/users.ts';

test('a domain is taken as people paste it, or refused with what to do', async ({ signedIn }) => {
  const mia = await signedIn('mia');
  await open(mia, '/domains/new');
  const field = mia.getByLabel('Domain name', { exact: true });
  for (const [typed, why] of [
    ['contoso', /at least one dot/],
    ['192.0.2.1', /IP address/],
    ['co.uk', /Many owners have names under co\.uk/],
    [`${'a'.repeat(63)}.${'b'.repeat(63)}.${'c'.repeat(63)}.${'d'.repeat(63)}.example`, /at most 253 characters/],
    ['a_b.example', /letters, digits and hyphens/],
    ['fabrikam.example', /verified by another company/],
    ['contoso.example', /verified for this company already/],
  ] as const) {
    await field.fill(typed);
    await mia.getByRole('button', { name: 'Add domain', exact: true }).click();
    await expect(field).toHaveAccessibleDescription(why);
    await expect(field).toHaveValue(typed);
  }
  await look(mia, 'domain-new-refused');

  const { name } = await addDomain(mia, '', 'https://BÜCHER.example./shop?x=1');
  expect(name).toBe('_mandate-challenge.xn--bcher-kva.example');
  await expect(mia.getByText('bücher.example').first()).toBeVisible();
  expect(await copied(mia, 'Copy type')).toBe('TXT');
  expect(Number(await copied(mia, 'Copy TTL'))).toBeGreaterThan(0);
});

test('a verified domain is one company’s, and stays while user names use it', async ({ signedIn, zone }) => {
  const [mia, nora] = [await signedIn('mia'), await signedIn('nora')];
  const hers = await addDomain(nora, '', 'labs.example');
  const { name, value } = await addDomain(mia, '', 'labs.example');
  expect(hers.value).not.toBe(value);
  zone.set(name, { kind: 'txt', values: [value, hers.value], overTcpOnly: true });
  await verify(mia);
  await expect(mia.getByText(/\bVerified\b|\bis verified\b/).first()).toBeVisible();

  await verify(nora);
  await expect(nora.getByText(/another company verified this domain first/)).toBeVisible();

  await addUser(mia, '', { first: 'Nina', last: 'Patel', userName: 'nina', domain: 'labs.example' });
  await open(mia, '/domains');
  await mia.getByRole('link', { name: 'labs.example', exact: true }).click();
  await expect(mia.getByText(/used in user names/)).toBeVisible();
});

test('what the provider has is told from what others still remember', async ({ signedIn, zone }) => {
  const mia = await signedIn('mia');
  const { name, value } = await addDomain(mia, '', 'labs.example');
  await expect(mia.getByText(/Mandate looks by itself next on .* UTC/)).toBeVisible();
  const told = (text: RegExp) => expect(mia.getByText(text).filter({ visible: true }).first()).toBeVisible();

  await verify(mia);
  await told(/There is no name _mandate-challenge\.labs\.example yet/);
  zone.set(name, { kind: 'txt', values: [value] });
  zone.remember(name, 43 * 60);
  await verify(mia);
  await told(/Your provider has it, others still remember the old answer for up to 43 minutes/);
  await look(mia, 'domain-remembered');
  await open(mia, '/domains');
  await told(/Your provider has it, others still remember/);
});

test('answers of strangers are bounded, and told', async ({ signedIn, zone }) => {
  const mia = await signedIn('mia');
  const { name, value } = await addDomain(mia, '', 'labs.example');
  const told = (text: RegExp) => expect(mia.getByText(text).filter({ visible: true }).first()).toBeVisible();

  zone.set(name, { kind: 'lame' });
  await verify(mia);
  await told(/name servers of labs\.example answer that they do not know it/);
  zone.set(name, { kind: 'alias', target: name });
  await verify(mia);
  await told(/is an alias \(CNAME\) that leads in a circle/);
  zone.set(name, { kind: 'alias', target: 'elsewhere.example' });
  await verify(mia);
  await told(/is an alias \(CNAME\) of elsewhere\.example, which has no TXT record/);
  const many = Array.from({ length: 10_000 }, (_, n) => `record ${n}`);
  zone.set(name, { kind: 'txt', values: [...many, value] });
  await verify(mia);
  await told(/has more TXT records than one answer can hold/);
  // As many as one answer holds are looked through, to the last.
  zone.set(name, { kind: 'txt', values: [...many.slice(0, 1_000), value] });
  await verify(mia);
  await told(/labs\.example is verified/);
});

test('the card speaks the provider’s language', async ({ signedIn, zone }) => {
  const mia = await signedIn('mia');
  await addDomain(mia, '', 'other.example');
  await expect(mia.getByText(/For a form that takes the whole name/)).toBeVisible();
  await expect(mia.getByText(/adds \.other\.example by itself/)).toBeVisible();

  zone.delegate('shop.example', ['ns43.domaincontrol.com', 'ns44.domaincontrol.com']);
  await addDomain(mia, '', 'shop.example');
  await expect(mia.getByRole('heading', { name: 'Create this TXT record at GoDaddy' })).toBeVisible();
  await expect(mia.getByText('Goes into the field “Name”. GoDaddy adds .shop.example by itself.')).toBeVisible();
  await expect(mia.getByText('Goes into the field “Value”.')).toBeVisible();
  await look(mia, 'domain-provider');
  expect(await copied(mia, 'Copy host')).toBe('_mandate-challenge');
  expect(await copied(mia, 'Copy name')).toBe('_mandate-challenge.shop.example');
});

test('a claim is looked for by itself, and who added it is told', async ({ signedIn, zone, mailbox }) => {
  test.setTimeout(150_000);
  const mia = await signedIn('mia');
  const { name, value } = await addDomain(mia, '', 'labs.example');
  zone.set(name, { kind: 'txt', values: [value] });
  const mail = await mailbox.waitFor({ to: 'mia@contoso.example', subject: /^labs\.example is verified$/ }, 90_000);
  const [link] = mail.text.match(/http\S+/) ?? [];
  await mia.goto(link ?? '');
  await expect(mia.getByRole('heading', { name: /labs\.example/ })).toContainText('Verified');
  await open(mia, '/activity');
  const row = mia.getByRole('row').filter({ hasText: 'Verified domain' });
  await expect(row).toContainText('labs.example');
  await expect(row).toContainText('Mandate');
});

test('what lies under an own domain needs no record', async ({ signedIn }) => {
  const mia = await signedIn('mia');
  await open(mia, '/domains/new');
  await mia.getByLabel('Domain name', { exact: true }).fill('bücher.contoso.example');
  await mia.getByRole('button', { name: 'Add domain', exact: true }).click();
  await expect(mia.getByText(/It lies under contoso\.example and was verified by that/)).toBeVisible();
  await look(mia, 'domain-verified');
  await open(mia, '/activity');
  const row = mia.getByRole('row').filter({ hasText: 'Verified domain' });
  await expect(row).toContainText('bücher.contoso.example');
  await expect(row).toContainText('As part of contoso.example');
});

test('a company chooses its default domain, by itself or through its partner', async ({ signedIn }) => {
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  await authorize(mia, await createOffer(ana, 'Managed IT'));
  const place = await openCustomer(ana, 'Contoso');
  const add = async (domain: string) => {
    await open(ana, `${place}/domains/new`);
    await ana.getByLabel('Domain name', { exact: true }).fill(domain);
    await ana.getByRole('button', { name: 'Add domain', exact: true }).click();
    await expect(ana.getByRole('heading', { name: domain })).toContainText('Verified');
  };
  const chosen = (page: typeof ana) => page.getByLabel('Domain', { exact: true }).locator('option:checked');

  await add('shop.contoso.example');
  await ana.getByRole('button', { name: 'Make default', exact: true }).click();
  await expect(ana.getByText('The default domain was changed.')).toBeVisible();
  await expect(ana.getByRole('row').filter({ hasText: 'Default' })).toContainText('shop.contoso.example');
  await open(ana, `${place}/users/new`);
  await expect(chosen(ana)).toHaveText('shop.contoso.example');

  await open(mia, '/domains');
  await mia.getByRole('link', { name: 'contoso.example', exact: true }).click();
  await mia.getByRole('button', { name: 'Make default', exact: true }).click();
  await expect(mia.getByRole('row').filter({ hasText: 'Default' })).toHaveCount(1);
  await open(mia, '/users/new');
  await expect(chosen(mia)).toHaveText('contoso.example');
  await expect(mia.getByLabel('Domain', { exact: true }).getByRole('option')).toContainText(['contoso.example']);
});
