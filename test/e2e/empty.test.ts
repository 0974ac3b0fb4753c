// A product that has read nothing yet: a hospital's own empty stream, no simulation.
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { contextAs, loaded, openBrowser, readyToSignIn, troubles, visit, watch } from '../support/browser';
import { startNats, type TestNats } from '../support/nats';
import { administrator, runProduct, type RunningProduct } from '../support/product';
import { PAGES } from './pages';

let nats: TestNats;
let product: RunningProduct;
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  [nats, browser] = await Promise.all([startNats(), openBrowser()]);
  product = await runProduct(nats.env);
  context = await contextAs(browser, product.origin, null);
  page = await context.newPage();
}, 900_000);
afterAll(async () => {
  await browser?.close();
  await product?.stop();
  await nats?.stop();
});

describe('before the first event', () => {
  it('offers no one-click sign-in, and takes the first administrator', async () => {
    await page.goto('/signin');
    await readyToSignIn(page);
    const { email, password } = administrator(product);
    await page.getByLabel('E-mail address').fill(email);
    expect(await page.getByRole('button', { name: /^Executive/ }).count()).toBe(0);
    await page.getByLabel(/^Password/).fill(password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    await page.waitForURL((url) => url.pathname === '/');
    await loaded(page);
    expect(await page.getByText('Simulated hospital network').count()).toBe(0);
  });

  const parts = ['/receipts?tab=deliveries', '/receipts?tab=accruals', '/invoices?tab=blocked', '/invoices?tab=suppliers', '/invoices?tab=contracts'].map((path) => ({ path }));
  it.each([...PAGES.filter(({ path }) => path !== '/users' && path !== '/raci'), ...parts])('$path says that there is nothing', async ({ path }) => {
    const problems = watch(page);
    await visit(page, path);
    const nothing = page.locator('[data-state="empty"], [data-state="unknown"], [data-state="no_data"]').or(page.getByText('No event has been recorded yet'));
    expect(await nothing.count()).toBeGreaterThan(0);
    expect(await page.locator('main section:has(a[download]) tbody tr').count()).toBe(0);
    expect(await troubles(page)).toEqual([]);
    expect(problems).toEqual([]);
    await page.getByRole('button', { name: /^No events/ }).waitFor();
  });
});
