import { open } from '../fixtures/hydration.ts';
import { expect, test } from '../fixtures/test.ts';
import { copied } from '../steps/clipboard.ts';
import { addDomain, verify } from '../steps/domains.ts';
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
