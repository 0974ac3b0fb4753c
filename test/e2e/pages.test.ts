import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { contextAs, loaded, openBrowser, PATIENCE_MS, PHONE, troubles, visit, watch } from '../support/browser';
import { faint, landmarks, nameless, overflow, skippedLevels } from './looks';
import { chainPath, PAGES, postedOrderLine, type PagePromise } from './pages';

type Shown = Pick<PagePromise, 'path' | 'heading' | 'charts' | 'content'>;

const product = inject('product');
let browser: Browser;
let chain: Shown;

beforeAll(async () => {
  browser = await openBrowser();
  const context = await contextAs(browser, product.origin, 'administrator');
  const id = await postedOrderLine(context.request);
  chain = { path: chainPath('order-line', id), heading: new RegExp(id.split('/')[0] ?? id), charts: 0 };
  await context.close();
});
afterAll(() => browser?.close());

/** Every page, the one of a chain included; what it is called is known before its order line is. */
const EVERY = [...PAGES.map((page) => ({ name: page.path, of: () => page as Shown })), { name: '/lineage/order-line/…', of: () => chain }];
const withAll = (path: string) => `${path}?range=all`;

describe('at a desk', () => {
  let context: BrowserContext;
  let page: Page;
  let problems: string[];

  beforeAll(async () => {
    context = await contextAs(browser, product.origin, 'administrator');
    page = await context.newPage();
    problems = watch(page);
  });
  afterAll(() => context?.close());

  it.each(EVERY)('$name shows the network, without trouble', async ({ of }) => {
    const { path, charts, content = 'table tbody tr' } = of();
    problems.length = 0;
    await visit(page, withAll(path));
    await expect.poll(() => page.locator(`main ${content}`).count(), { timeout: PATIENCE_MS }).toBeGreaterThan(0);
    await expect
      .poll(() => page.locator('main figure svg:has(path.recharts-rectangle, path.recharts-curve, path.recharts-sector)').count(), { timeout: PATIENCE_MS })
      .toBeGreaterThanOrEqual(charts);
    expect(await troubles(page)).toEqual([]);
    expect(problems).toEqual([]);
    await page.getByText('Simulated hospital network.').waitFor();
  });

  it.each(EVERY)('$name can be read by a screen reader', async ({ of }) => {
    await visit(page, withAll(of().path));
    expect(await landmarks(page)).toEqual({ main: 1, header: 1, pages: 1, h1: 1 });
    expect(await nameless(page)).toEqual([]);
    expect(await skippedLevels(page)).toEqual([]);
  });
});

describe('on a phone', () => {
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    context = await contextAs(browser, product.origin, 'administrator', { viewport: PHONE });
    page = await context.newPage();
  });
  afterAll(() => context?.close());

  it.each(EVERY)('$name does not scroll sideways', async ({ of }) => {
    await visit(page, withAll(of().path));
    expect(await overflow(page)).toBe(0);
  });

  it('the navigation opens, leads on and closes', async () => {
    await visit(page, '/');
    const navigation = page.getByRole('navigation', { name: 'Pages' });
    await page.getByRole('button', { name: 'Open navigation' }).click();
    await navigation.getByRole('link', { name: 'Throughput' }).click();
    await page.waitForURL((url) => url.pathname === '/throughput');
    await loaded(page);
    await page.getByRole('button', { name: 'Open navigation' }).waitFor();
  });

  it('the search opens', async () => {
    await visit(page, '/');
    await page.getByRole('button', { name: 'Search', exact: true }).click();
    await page.getByRole('search').getByRole('combobox').and(page.locator(':visible')).fill('PO');
  });
});

describe.each(['light', 'dark'] as const)('in %s colours', (colorScheme) => {
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    context = await contextAs(browser, product.origin, 'administrator', { colorScheme });
    page = await context.newPage();
  });
  afterAll(() => context?.close());

  it.each(EVERY)('$name keeps text and ground apart', async ({ of }) => {
    await visit(page, withAll(of().path));
    const ground = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
    const brightness = Number(/\d+/.exec(ground)?.[0]);
    expect(brightness > 128 ? 'light' : 'dark').toBe(colorScheme);
    expect(await faint(page, 4.5)).toEqual([]);
  });
});
