import { parse } from 'csv-parse/sync';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import type { Role } from '../../server/auth/roles';
import { contextAs, loaded, openBrowser, pressRole, readyToSignIn, visit } from '../support/browser';
import { administrator } from '../support/product';

const product = inject('product');
let browser: Browser;
let page: Page;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

async function stranger(): Promise<Page> {
  const context = await contextAs(browser, product.origin, null);
  return context.newPage();
}

async function fillIn(email: string, password: string): Promise<void> {
  await readyToSignIn(page);
  await page.getByLabel('E-mail address').fill(email);
  await page.getByLabel(/^Password/).fill(password);
  await page.getByRole('button', { name: 'Sign in', exact: true }).click();
}

const pathname = () => new URL(page.url()).pathname;

describe('signing in', () => {
  it.each<[Role, string]>([
    ['executive', '/sla'],
    ['supply', '/exceptions'],
    ['engineer', '/failures'],
    ['administrator', '/'],
  ])('takes the %s by one click to %s', async (role, home) => {
    page = await stranger();
    await page.goto('/signin');
    await pressRole(page, role);
    await loaded(page);
    expect(pathname()).toBe(home);
    await page.context().close();
  });

  it('says so when the password is wrong, and stays', async () => {
    page = await stranger();
    await page.goto('/signin');
    await fillIn(administrator(product).email, 'not the password');
    await page.getByRole('alert').getByText('E-mail address or password is wrong.').waitFor();
    expect(pathname()).toBe('/signin');
    await page.context().close();
  });

  it('leads back to the page that was asked for, with its filters', async () => {
    page = await stranger();
    await page.goto('/throughput?range=7d');
    await page.waitForURL((url) => url.pathname === '/signin');
    await pressRole(page, 'supply');
    await loaded(page);
    expect(pathname()).toBe('/throughput');
    expect(new URL(page.url()).searchParams.get('range')).toBe('7d');
    await page.context().close();
  });

  it('never leads to another site', async () => {
    page = await stranger();
    await page.goto(`/signin?callbackUrl=${encodeURIComponent('https://elsewhere.invalid/')}`);
    await pressRole(page, 'administrator');
    await loaded(page);
    expect(new URL(page.url()).origin).toBe(product.origin);
    await page.context().close();
  });

  it('ends with signing out: nothing is shown and nothing is answered any more', async () => {
    page = await stranger();
    await page.goto('/signin');
    await pressRole(page, 'engineer');
    await loaded(page);
    await page.getByRole('button', { name: /^Signed in as/ }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await page.waitForURL((url) => url.pathname === '/signin');
    await page.goto('/failures');
    await page.waitForURL((url) => url.pathname === '/signin');
    expect((await page.request.get('/api/export/failures.handovers')).status()).toBe(401);
    await page.context().close();
  });

  it('lets in whom the administrator adds, for the facilities given and no others', async () => {
    page = await stranger();
    await page.goto('/signin');
    const { email, password } = administrator(product);
    await fillIn(email, password);
    await page.waitForURL((url) => url.pathname !== '/signin');
    await visit(page, '/users');
    const theirs = 'long enough for a password';
    const person = `desk-${Date.now()}@hospital.example`;
    await page.getByRole('button', { name: 'Add a person' }).click();
    const form = page.getByRole('dialog');
    await form.getByLabel('E-mail address').fill(person);
    await form.getByLabel('Name').fill('Desk of one hospital');
    // A new person is of the supply chain unless another role is chosen.
    await form.getByLabel('All facilities').uncheck();
    await form.getByLabel(/^Facilities/).first().click();
    await page.getByRole('option').first().click();
    await form.getByLabel('Name').click();
    await form.getByLabel(/^Password/).fill(theirs);
    await form.getByRole('button', { name: 'Add', exact: true }).click();
    await form.waitFor({ state: 'hidden' });
    await page.getByRole('cell', { name: person }).waitFor();
    await page.context().close();

    page = await stranger();
    await page.goto('/signin');
    await fillIn(person, theirs);
    await page.waitForURL((url) => url.pathname === '/exceptions');
    await visit(page, '/throughput?range=all');
    const file = await page.request.get(`/api/export/throughput.events?input=${encodeURIComponent(JSON.stringify({ filters: { range: 'all' } }))}`);
    const rows = parse(await file.text(), { columns: true, bom: true }) as Record<string, string>[];
    expect(rows.length).toBeGreaterThan(100);
    expect(new Set(rows.map((row) => row.Facility)).size).toBe(1);
    await page.context().close();
  });
});
