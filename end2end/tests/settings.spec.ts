import { open } from '../fixtures/hydration.ts';
import { postServerFn, recordPost, wasDone } from '../fixtures/posts.ts';
import { expect, test } from '../fixtures/test.ts';
import { openCustomer } from '../steps/customers.ts';
import { authorize, createOffer } from '../steps/offers.ts';
import { openUser } from '../steps/users.ts';

const GROUP = 'Assign administrative access to companies you support';

test('a partner says how far its people may act, from the next request on', async ({
  signedIn,
  baseURL,
  complaints,
}) => {
  complaints.allowStatus(403, 'leo is held back, which is what is tested');
  const [ana, mia, leo] = [await signedIn('ana'), await signedIn('mia'), await signedIn('leo')];
  await authorize(mia, await createOffer(ana, 'Managed IT'));
  const place = await openCustomer(leo, 'Contoso');
  await openUser(ana, '', 'Leo Brandt');
  await ana.getByRole('tab', { name: 'Settings', exact: true }).click();
  const group = ana.getByRole('group', { name: GROUP }).or(ana.getByRole('radiogroup', { name: GROUP }));
  const choose = async (setting: string) => {
    await group.getByRole('radio', { name: setting, exact: true }).check();
    const post = await recordPost(ana, 'users/assign-delegation', () =>
      ana.getByRole('button', { name: 'Save', exact: true }).click(),
    );
    await expect(ana.getByRole('status').filter({ hasText: /./ }).first()).toBeVisible();
    return post;
  };
  await expect(group.getByRole('radio', { name: 'Limited administration', exact: true })).toBeChecked();

  await choose('No');
  expect(await open(leo, `${place}/users`)).toBe(403);
  const full = await choose('Full administration');
  expect(await open(leo, `${place}/users/new`)).toBe(200);
  await choose('Limited administration');
  expect(await open(leo, `${place}/users/new`)).toBe(403);
  await ana.reload();
  await expect(group.getByRole('radio', { name: 'Limited administration', exact: true })).toBeChecked();

  for (const page of [leo, mia, await signedIn('kim'), await signedIn('pia')]) {
    expect(await wasDone(await postServerFn(page.request, baseURL ?? '', full))).toBe(false);
  }
  expect(await open(leo, `${place}/users/new`)).toBe(403);
});

test('a customer’s users have no such setting', async ({ signedIn }) => {
  const mia = await signedIn('mia');
  await openUser(mia, '', 'Tom Okafor');
  await expect(mia.getByRole('tab', { name: 'Settings' })).toHaveCount(0);
});
