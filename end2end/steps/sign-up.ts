import { expect, type Page } from '@playwright/test';
import { hydrated, open } from '../fixtures/hydration.ts';
import type { Mailbox } from '../fixtures/smtp.ts';

export interface NewCompany {
  company: string;
  country: string;
  prefix: string;
  first: string;
  last: string;
  userName: string;
  email: string;
  password: string;
}

export const LITWARE: NewCompany = {
  company: 'Litware',
  country: 'Germany',
  prefix: 'litware',
  first: 'Lena',
  last: 'Vogel',
  userName: 'lena',
  email: 'lena.vogel@mail.example',
  password: 'velvet-harbor-41-quince-lantern',
};

export const field = (page: Page, label: string) => page.getByLabel(label, { exact: true });
export const heading = (page: Page) => page.getByRole('heading', { level: 1 });

/** A person who starts as a new company, with scripts or without. */
export class SignUp {
  constructor(
    readonly page: Page,
    readonly typed: NewCompany = LITWARE,
    private readonly hasScripts = true,
  ) {}

  async begin(url: string): Promise<void> {
    await (this.hasScripts ? open(this.page, url) : this.page.goto(url));
    await this.press('Start as a new company', 'Your company');
  }

  async fillCompany(): Promise<void> {
    await field(this.page, 'Company name').fill(this.typed.company);
    await field(this.page, 'Country').selectOption({ label: this.typed.country });
    await field(this.page, 'Domain prefix').fill(this.typed.prefix);
  }

  async fillAdministrator(): Promise<void> {
    await field(this.page, 'First name').fill(this.typed.first);
    await field(this.page, 'Last name').fill(this.typed.last);
    await field(this.page, 'Display name').fill(`${this.typed.first} ${this.typed.last}`);
    await field(this.page, 'User name').fill(this.typed.userName);
    await field(this.page, 'Alternate email').fill(this.typed.email);
    await field(this.page, 'Password').fill(this.typed.password);
  }

  async enterCode(mailbox: Mailbox): Promise<void> {
    await field(this.page, 'Code').fill(await this.code(mailbox));
    await this.press('Continue', 'Review');
  }

  /** The code in the mail to the administrator. */
  async code(mailbox: Mailbox): Promise<string> {
    const mail = await mailbox.waitFor({ to: this.typed.email, subject: /^Confirm your email address$/ });
    const [code = ''] = /\b\d{6}\b/.exec(mail.text) ?? [];
    expect(code).not.toBe('');
    return code;
  }

  /** From the offer to the review, with all in order. */
  async review(url: string, mailbox: Mailbox): Promise<void> {
    await this.begin(url);
    await this.fillCompany();
    await this.press('Continue', 'Its first administrator');
    await this.fillAdministrator();
    await this.press('Continue', 'Confirm your email address');
    await this.enterCode(mailbox);
  }

  async press(button: string, next: string): Promise<void> {
    await this.goOn(() => this.page.getByRole('button', { name: button, exact: true }).click(), next);
  }

  /** The Enter key in a field. */
  async enter(label: string | RegExp, next: string): Promise<void> {
    await this.goOn(() => this.page.getByLabel(label).press('Enter'), next);
  }

  private async goOn(act: () => Promise<void>, next: string): Promise<void> {
    // The same page may be what comes: what is looked for next has to stand in the new one.
    await Promise.all([this.page.waitForEvent('framenavigated'), act()]);
    await expect(heading(this.page)).toHaveText(next);
    await this.arrived();
  }

  async arrived(): Promise<void> {
    if (this.hasScripts) {
      await hydrated(this.page);
    }
  }
}
