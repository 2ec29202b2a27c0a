import { expect, type Page } from '@playwright/test';
import { hydrated, open } from '../fixtures/hydration.ts';
import { offerUrl } from './offers.ts';

export interface Line {
  plan?: string;
  licenses?: string;
  term?: 'Monthly' | 'Yearly';
}

interface Sale {
  name?: string;
  addressedTo?: string;
  /** Whether delegated administration is asked for besides; it is at first. */
  delegation?: boolean;
}

export interface Trial extends Sale {
  country?: string;
  plan?: string;
  licenses?: string;
}

export interface Purchase extends Sale {
  currency?: string;
  lines?: Line[];
  reference?: string;
  /** The trial that it turns into a purchase, by its id. */
  converts?: string;
}

const DELEGATION = 'Include a delegated administration offer';

export const delegation = (page: Page) => page.getByRole('checkbox', { name: DELEGATION, exact: true });

/** The part of the form that delegated administration asks for. */
export const roles = (page: Page) => page.getByRole('group', { name: 'Roles to ask for', exact: true });

/** The field of a line of a purchase. */
export const ofLine = (page: Page, field: 'Plan' | 'Licenses' | 'Term', line: number) =>
  page.getByLabel(`${field} of line ${line}`, { exact: true });

export const total = (page: Page) => page.locator('.sale-total');

/** Chooses a plan that can be tried: each option says for how long. */
export async function choosePlan(page: Page, plan: string): Promise<void> {
  await page.getByLabel('Plan', { exact: true }).selectOption({ label: `${plan}, 30 days` });
}

/** Makes a trial invitation, and stands on its page; answers with its URL. */
export async function createTrial(page: Page, trial: Trial = {}): Promise<string> {
  await open(page, '/partner/trials/new');
  if (trial.country) {
    await page.getByLabel('Country', { exact: true }).selectOption({ label: trial.country });
  }
  if (trial.plan) {
    await choosePlan(page, trial.plan);
  }
  if (trial.licenses) {
    await page.getByLabel('Number of licenses', { exact: true }).fill(trial.licenses);
  }
  await fillSale(page, trial);
  await page.getByRole('button', { name: 'Create invitation', exact: true }).click();
  return offerUrl(page);
}

/** Makes a purchase offer, and stands on its page; answers with its URL. */
export async function createPurchase(page: Page, purchase: Purchase = {}): Promise<string> {
  await open(page, `/partner/purchases/new${purchase.converts ? `?converts=${purchase.converts}` : ''}`);
  if (purchase.currency) {
    await page.getByLabel('Currency', { exact: true }).selectOption(purchase.currency);
  }
  for (const [index, line] of (purchase.lines ?? []).entries()) {
    if (index > 0) {
      await page.getByRole('button', { name: 'Add line', exact: true }).click();
    }
    await fillLine(page, index + 1, line);
  }
  if (purchase.reference) {
    await page.getByLabel('Your reference').fill(purchase.reference);
  }
  await fillSale(page, purchase);
  await page.getByRole('button', { name: 'Create offer', exact: true }).click();
  return offerUrl(page);
}

export async function fillLine(page: Page, line: number, { plan, licenses, term }: Line): Promise<void> {
  if (plan) {
    await ofLine(page, 'Plan', line).selectOption({ label: plan });
  }
  if (licenses) {
    await ofLine(page, 'Licenses', line).fill(licenses);
  }
  if (term) {
    await ofLine(page, 'Term', line).selectOption({ label: term });
  }
}

async function fillSale(page: Page, { name, addressedTo, delegation: isAsked }: Sale): Promise<void> {
  if (name) {
    await page.getByLabel('Offer name').fill(name);
  }
  if (addressedTo) {
    await page.getByLabel('Domain or user name').fill(addressedTo);
  }
  await delegation(page).setChecked(isAsked ?? true);
}

/** By what the offer whose page this is can be found. */
export async function reference(page: Page): Promise<string> {
  const text = page.getByRole('complementary', { name: 'About this offer' }).getByText(/^[TP]-[0-9A-Z]{6}$/);
  await expect(text).toBeVisible();
  return text.innerText();
}

/** Accepts what a URL offers for the reader's company, as it was offered. */
export async function acceptSale(page: Page, url: string, button: 'Start trial' | 'Place order'): Promise<void> {
  await open(page, url);
  await page.getByRole('button', { name: button, exact: true }).click();
  await expect(page.getByRole('heading', { name: 'Subscriptions', level: 1 })).toBeVisible();
  await hydrated(page);
}
