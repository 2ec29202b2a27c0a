import { readFile } from 'node:fs/promises';
import type { Page } from '@playwright/test';
import { hydrated, open } from '../fixtures/hydration.ts';
import { look } from '../fixtures/look.ts';
import { PEOPLE } from '../fixtures/people.ts';
import { expect, test } from '../fixtures/test.ts';
import { checkList, createForOne, verificationCode } from '../steps/offers-for-one.ts';
import { authorize, consentHeading, createOffer, decline, offerUrl } from '../steps/offers.ts';

const heading = (page: Page) => page.getByRole('heading', { level: 1 });

async function downloaded(page: Page, link: string): Promise<string[]> {
  const download = page.waitForEvent('download');
  await page.getByRole('link', { name: link, exact: true }).click();
  const text = await readFile(await (await download).path(), 'utf8');
  expect(text.startsWith('\uFEFF')).toBe(true);
  return text.slice(1).trimEnd().split('\r\n');
}

test('any number of customers is chosen at first', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  await open(ana, '/partner/offers/new');
  await expect(ana.getByRole('group', { name: 'Who may use this offer', exact: true })).toBeVisible();
  await expect(ana.getByRole('radio', { name: 'Any number of customers', exact: true })).toBeChecked();
});

test('the second company reads that the offer is used up', async ({ signedIn, visitor, complaints }) => {
  complaints.allowStatus(410, 'an offer that is used up is gone');
  const [ana, mia, nora] = [await signedIn('ana'), await signedIn('mia'), await signedIn('nora')];
  const url = await createForOne(ana, { name: 'For one' });
  await open(nora, url);
  await authorize(mia, url);
  // Nora's page was open before; what she presses there is answered too.
  await nora.getByRole('button', { name: 'Authorize', exact: true }).click();
  await expect(heading(nora)).toHaveText('This offer is used up');
  await expect(nora.getByRole('main')).toContainText('Fabrikam Partners');
  await expect(nora.getByRole('main')).not.toContainText('Contoso');
  await look(nora, 'consent-used-up');
  const stranger = await visitor();
  await open(stranger, url);
  await expect(heading(stranger)).toHaveText('This offer is used up');
  await open(mia, url);
  await expect(mia.getByRole('main')).toContainText('Contoso authorized this');
  await ana.reload();
  await expect(ana.getByText('Used up', { exact: true })).toBeVisible();
  await expect(ana.getByLabel('Offer URL', { exact: true })).toHaveCount(0);
  await look(ana, 'offer-used-up');
});

test('an addressed offer is for its company alone', async ({ signedIn, visitor, complaints }) => {
  complaints.allowStatus(403, 'the offer is for another company');
  const [ana, mia, nora] = [await signedIn('ana'), await signedIn('mia'), await signedIn('nora')];
  for (const addressedTo of ['contoso.example', 'tom@contoso.example']) {
    const url = await createForOne(ana, { name: `For ${addressedTo}`, addressedTo });
    await expect(ana.getByRole('complementary', { name: 'About this offer' })).toContainText(addressedTo);
    await open(nora, url);
    await expect(heading(nora)).toHaveText('This offer is for another company');
    await expect(nora.getByRole('main')).toContainText('Fabrikam Partners');
    await expect(nora.locator('body')).not.toContainText(/contoso/i);
    await look(nora, 'consent-elsewhere');
    const stranger = await visitor();
    await open(stranger, url);
    await expect(heading(stranger)).toHaveText(consentHeading());
    await expect(stranger.locator('body')).not.toContainText(/contoso/i);
    await authorize(mia, url);
  }
});

test('both sides read the same code, and no message holds it', async ({ signedIn, visitor }) => {
  const ana = await signedIn('ana');
  const url = await createOffer(ana, 'Managed IT');
  const code = await verificationCode(ana);
  const stranger = await visitor({ javaScriptEnabled: false });
  await stranger.goto(url);
  expect(await verificationCode(stranger)).toBe(code);
  expect(await ana.getByLabel('Text', { exact: true }).inputValue()).not.toContain(code);
  const mailto = await ana.getByRole('link', { name: 'Open in email', exact: true }).getAttribute('href');
  expect(decodeURIComponent(mailto ?? '')).not.toContain(code);
  await ana.getByRole('button', { name: 'New URL', exact: true }).click();
  await expect(ana.getByLabel('Offer URL', { exact: true })).not.toHaveValue(url);
  expect(await verificationCode(ana)).not.toBe(code);
});

test('a QR code is there when it is asked for', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  await createOffer(ana, 'Managed IT');
  const picture = ana.getByRole('img', { name: /^QR code/ });
  await expect(picture).toBeHidden();
  await ana.getByText('Show QR code', { exact: true }).click();
  await expect(picture).toBeVisible();
  await expect(picture.locator('path')).toHaveAttribute('fill', '#000000');
  await expect(picture.locator('rect')).toHaveAttribute('fill', '#ffffff');
  await look(ana, 'offer-qr');
});

test('offers are listed by status and in order, and come as a file', async ({ signedIn }) => {
  const [ana, mia, nora] = [await signedIn('ana'), await signedIn('mia'), await signedIn('nora')];
  const used = await createForOne(ana, { name: 'Used' });
  await authorize(mia, used);
  const declined = await createForOne(ana, { name: 'Declined by Nora' });
  await open(nora, declined);
  await decline(nora, 'No');
  await expect(nora.getByText(/declined/i).first()).toBeVisible();
  await createForOne(ana, { name: '=1+1', addressedTo: 'contoso.example' });

  await open(ana, '/partner');
  const names = () =>
    ana.getByRole('table', { name: 'Offers', exact: true }).locator('tbody td:first-child').allInnerTexts();
  expect(await names()).toEqual(['=1+1', 'Declined by Nora', 'Used']);
  await look(ana, 'overview-offers');
  const order = ana.getByRole('navigation', { name: 'Order of offers' });
  await order.getByRole('link', { name: 'Name', exact: true }).click();
  await expect.poll(names).toEqual(['=1+1', 'Declined by Nora', 'Used']);
  const statuses = ana.getByRole('navigation', { name: 'Offers by status' });
  for (const [status, expected] of [
    ['Used up', ['Used']],
    ['Declined', ['Declined by Nora']],
    ['Open', ['=1+1']],
  ] as const) {
    await statuses.getByRole('link', { name: status, exact: true }).click();
    await expect.poll(names).toEqual(expected);
    await expect(statuses.getByRole('link', { name: status, exact: true })).toHaveAttribute('aria-current', 'true');
  }
  const rows = await downloaded(ana, 'Download CSV');
  expect(rows).toHaveLength(2);
  expect(rows[1]).toMatch(/^'=1\+1,contoso\.example,,0,0,/);
  await statuses.getByRole('link', { name: 'Withdrawn', exact: true }).click();
  await expect(ana.getByText('No offer is withdrawn.')).toBeVisible();
  await statuses.getByRole('link', { name: 'All', exact: true }).click();
  await expect.poll(names).toHaveLength(3);
});

test('an offer is mailed, mailed again, and stopped by its addressee', async ({ signedIn, visitor, mailbox }) => {
  const ana = await signedIn('ana');
  const url = await createForOne(ana, { name: 'Mailed', email: 'mia.l@mail.example', mail: true });
  const mail = await mailbox.waitFor({ to: 'mia.l@mail.example', subject: /^Fabrikam Partners asks to be your/ });
  expect(mail.text).toContain(url);
  expect(mail.text).not.toContain(await verificationCode(ana));
  await ana.getByRole('button', { name: 'Resend', exact: true }).click();
  await expect(ana.getByRole('status').filter({ hasText: 'on its way' })).toBeVisible();
  await expect.poll(() => mailbox.mails.filter(({ to }) => to.includes('mia.l@mail.example')).length).toBe(2);

  const [stop] = /http:\S+\/stop\/\S+/.exec(mail.text) ?? [];
  const stranger = await visitor({ javaScriptEnabled: false });
  for (let opened = 0; opened < 2; opened += 1) {
    await stranger.goto(stop ?? '');
    await expect(heading(stranger)).toHaveText('Stop mail about this offer');
  }
  await stranger.getByRole('button', { name: 'Stop mail', exact: true }).click();
  await expect(heading(stranger)).toHaveText('You get no more mail about this offer');
  // Without scripts, the browser would complain after a while that what it loaded ahead is not used.
  await stranger.close();
  await ana.reload();
  await expect(ana.getByText(/asked for no more mail/)).toBeVisible();
  await expect(ana.getByRole('button', { name: 'Resend', exact: true })).toHaveCount(0);
  const reader = await visitor();
  await open(reader, stop ?? '');
  await look(reader, 'stop-mail');
});

test('a link that stops no mail leads to nothing', async ({ page, complaints }) => {
  complaints.allowStatus(404, 'such a link leads to nothing');
  expect(await open(page, `/stop/${'A'.repeat(64)}`)).toBe(404);
});

test('a new offer starts with the default template, or with another', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  const days = ana.getByLabel('Number of days', { exact: true });
  await open(ana, '/partner/templates');
  await expect(ana.getByRole('heading', { name: 'No templates yet' })).toBeVisible();
  await look(ana, 'templates-empty');
  for (const [name, number] of [
    ['Short', '30'],
    ['Long', '700'],
  ] as const) {
    await open(ana, '/partner/templates/new');
    await ana.getByLabel('Template name', { exact: true }).fill(name);
    await days.fill(number);
    await ana.getByRole('checkbox', { name: 'Domain administrator', exact: true }).uncheck();
    await ana.getByRole('radio', { name: 'One customer only', exact: true }).check();
    await ana.getByLabel('Your own words').fill(`As agreed: ${name}`);
    await ana.getByRole('button', { name: 'Save template', exact: true }).click();
    await expect(ana.getByRole('link', { name, exact: true })).toBeVisible();
    await hydrated(ana);
  }
  await look(ana, 'templates');
  await ana.getByRole('button', { name: 'Start with Short', exact: true }).click();
  await expect(ana.getByText('New offers start with this template.')).toBeVisible();

  await open(ana, '/partner/offers/new');
  await expect(days).toHaveValue('30');
  await expect(ana.getByRole('checkbox', { name: 'Domain administrator', exact: true })).not.toBeChecked();
  await expect(ana.getByRole('radio', { name: 'One customer only', exact: true })).toBeChecked();
  await look(ana, 'offer-new-template');
  await ana.getByRole('link', { name: 'Long', exact: true }).click();
  await expect(days).toHaveValue('700');
  await hydrated(ana);
  await ana.getByLabel('Offer name', { exact: true }).fill('From a template');
  await ana.getByRole('button', { name: 'Create offer', exact: true }).click();
  const url = await offerUrl(ana);
  await expect(ana.getByLabel('Text', { exact: true })).toHaveValue(new RegExp(`^Hello,\\n\\nAs agreed: Long\\n[^]*${url}`));

  await ana.getByRole('link', { name: 'Save as template', exact: true }).click();
  await expect(ana.getByLabel('Template name', { exact: true })).toHaveValue('From a template');
  await expect(days).toHaveValue('700');
  await hydrated(ana);
  await look(ana, 'template');
  await ana.getByRole('button', { name: 'Save template', exact: true }).click();
  await ana.getByRole('link', { name: 'Short', exact: true }).click();
  await hydrated(ana);
  await ana.getByRole('button', { name: 'Delete template', exact: true }).click();
  await ana.getByRole('dialog').getByRole('button', { name: 'Delete Short', exact: true }).click();
  await expect(ana.getByText('The template is deleted.')).toBeVisible();
  await expect(ana.getByRole('link', { name: 'Short', exact: true })).toHaveCount(0);
  await open(ana, '/partner/offers/new');
  await expect(days).toHaveValue('365');
});

test('templates fill the form without scripts too', async ({ signedIn, visitor }) => {
  const ana = await signedIn('ana');
  await open(ana, '/partner/templates/new');
  await ana.getByLabel('Template name', { exact: true }).fill('Short');
  await ana.getByLabel('Number of days', { exact: true }).fill('30');
  await ana.getByRole('button', { name: 'Save template', exact: true }).click();
  await expect(ana.getByRole('link', { name: 'Short', exact: true })).toBeVisible();
  const plain = await visitor({ javaScriptEnabled: false, storageState: await ana.context().storageState() });
  await plain.goto('/partner/offers/new');
  await plain.getByRole('link', { name: 'Short', exact: true }).click();
  await expect(plain.getByLabel('Number of days', { exact: true })).toHaveValue('30');
  await plain.getByLabel('Offer name', { exact: true }).fill('Plainly');
  await plain.getByLabel('Domain or user name').fill('nowhere');
  await plain.getByRole('button', { name: 'Create offer', exact: true }).click();
  await expect(plain.getByLabel('Domain or user name')).toHaveAccessibleDescription(/at least one dot/);
  await expect(plain.getByLabel('Number of days', { exact: true })).toHaveValue('30');
  await plain.getByLabel('Domain or user name').fill('contoso.example');
  await plain.getByRole('button', { name: 'Create offer', exact: true }).click();
  await expect(plain.getByLabel('Offer URL', { exact: true })).toHaveValue(/\/o\//);
});

test('a list says what is wrong in each row, then makes an offer for each', async ({ signedIn, mailbox }) => {
  const [ana, mia] = [await signedIn('ana'), await signedIn('mia')];
  const list = ana.getByLabel('List of companies', { exact: true });
  const wrong = 'Company,Domain,Email\nContoso,contoso,mia@contoso.example\n,northwind.example,none\n';
  await checkList(ana, 'Managed IT', wrong);
  const alert = ana.getByRole('alert');
  await expect(alert).toContainText('Row 2, Domain or user name: A domain has at least one dot');
  await expect(alert).toContainText('Row 3, Company: Enter a name');
  await expect(alert).toContainText('Row 3, Email: An email address looks like');
  await expect(list).toHaveValue(wrong);
  await look(ana, 'bulk-wrong');

  await list.fill('Contoso\tcontoso.example\tmia@contoso.example\nNorthwind Traders\tnora@northwind.example\tnora@mail.example');
  await ana.getByRole('checkbox', { name: 'Mail each offer to its address', exact: true }).check();
  await ana.getByRole('button', { name: 'Look at the offers', exact: true }).click();
  await expect(ana.getByRole('heading', { name: '2 offers would be made' })).toBeVisible();
  await expect(ana.getByRole('row', { name: /Northwind Traders/ })).toContainText('Managed IT – Northwind Traders');
  await ana.getByRole('button', { name: 'Back to the list', exact: true }).click();
  await expect(list).toHaveValue(/^Contoso\t/);
  await ana.getByRole('button', { name: 'Look at the offers', exact: true }).click();
  await expect(ana.getByRole('heading', { name: '2 offers would be made' })).toBeVisible();
  await look(ana, 'bulk-review');
  await ana.getByRole('button', { name: 'Create 2 offers', exact: true }).click();
  await expect(ana).toHaveURL(/\/partner\/offers\/bulk\/[\w-]+$/);
  await hydrated(ana);
  const rows = await downloaded(ana, 'Download URLs');
  expect(rows).toHaveLength(3);
  const [url] = /http:\S+\/o\/[\w-]+/.exec(rows[1] ?? '') ?? [];
  await look(ana, 'bulk-made');
  const mail = await mailbox.waitFor({ to: PEOPLE.mia, subject: /asks to be your delegated administrator$/ });
  expect(mail.text).toContain(url);
  await authorize(mia, url ?? '');
  await ana.reload();
  await expect(ana.getByRole('row', { name: /Contoso/ })).toContainText('Used up');
});

test('a list can come from a file', async ({ signedIn }) => {
  const ana = await signedIn('ana');
  await open(ana, '/partner/offers/bulk');
  await ana.getByLabel('Or take the list from a CSV file').setInputFiles({
    name: 'companies.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from('Contoso;contoso.example;\n'),
  });
  await expect(ana.getByLabel('List of companies', { exact: true })).toHaveValue('Contoso;contoso.example;\n');
});

test('only who may manage offers reaches templates, lists and files', async ({ signedIn, complaints }) => {
  complaints.allowStatus(403, 'leo may not send offers');
  complaints.allowStatus(404, 'a customer has no partner pages');
  const [leo, mia] = [await signedIn('leo'), await signedIn('mia')];
  for (const path of ['/partner/templates', '/partner/templates/new', '/partner/offers/bulk']) {
    expect(await open(leo, path), path).toBe(403);
    expect(await open(mia, path), path).toBe(404);
  }
  expect((await leo.request.get('/partner/offers.csv')).status()).toBe(200);
  expect((await mia.request.get('/partner/offers.csv')).status()).toBe(404);
});

test('the consent page with its code fits every screen', async ({ signedIn, visitor }) => {
  const url = await createOffer(await signedIn('ana'), 'Managed IT');
  const stranger = await visitor();
  await open(stranger, url);
  await look(stranger, 'consent-code');
});
