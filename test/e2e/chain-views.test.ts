import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { contextAs, loaded, openBrowser, PATIENCE_MS, PHONE, troubles, visit, watch } from '../support/browser';
import { chainPath, postedOrderLine } from './pages';

const product = inject('product');
const PATIENT = { timeout: PATIENCE_MS };
let browser: Browser;
let context: BrowserContext;
let page: Page;
let line: string;

beforeAll(async () => {
  browser = await openBrowser();
  context = await contextAs(browser, product.origin, 'supply', { timezoneId: 'Europe/Brussels' });
  page = await context.newPage();
  line = await postedOrderLine(context.request);
});
afterAll(() => browser?.close());

const chain = (query = '') => `${chainPath('order-line', line)}?range=all${query}`;
const timeline = (on: Page) => on.getByRole('list', { name: 'The chain over time' });
const search = () => new URL(page.url()).searchParams;

describe('the views of a chain', () => {
  it('choose one thing together: by keyboard in the drawing, in the timeline, and in the events below', async () => {
    const problems = watch(page);
    await visit(page, chain());
    await page.locator('[data-settled=true]').waitFor();
    const card = page.locator('.react-flow__node-document').filter({ hasText: line }).first();
    await card.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => search().get('node'), PATIENT).toBe(`order-line ${line}`);
    await page.getByRole('region', { name: 'Chosen in the chain' }).waitFor();
    const row = timeline(page).getByRole('button', { pressed: true });
    expect(await row.innerText()).toContain(line);
    await page.getByRole('heading', { name: new RegExp(`^Events of order line ${line} `) }).waitFor();

    // From the timeline, to another; chosen again it is chosen no more.
    const invoice = timeline(page).getByRole('button', { name: /^Invoice line/ }).first();
    await invoice.focus();
    await page.keyboard.press('Enter');
    await expect.poll(() => search().get('node'), PATIENT).toMatch(/^invoice-line /);
    await page.getByRole('button', { name: 'Choose nothing' }).click();
    await expect.poll(() => search().get('node'), PATIENT).toBeNull();
    expect(await troubles(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('say in words what the timeline draws', async () => {
    await visit(page, chain());
    const rows = await timeline(page).getByRole('button').allInnerTexts();
    expect(rows.length).toBeGreaterThan(3);
    for (const row of rows) expect(row).toMatch(/;|unknown/);
    expect(rows.join('\n')).toMatch(/waited \d+/);
  });

  it('a link to a state shows another reader the same', async () => {
    await visit(page, chain());
    await page.getByText('List', { exact: true }).click();
    await page.getByRole('button', { name: /^Choose Receipt line/ }).first().click();
    await page.getByRole('button', { name: /^Open .+/, expanded: false }).first().click();
    await expect.poll(() => search().get('event'), PATIENT).toBeTruthy();
    const other = await contextAs(browser, product.origin, 'engineer');
    const theirs = await other.newPage();
    await visit(theirs, page.url());
    expect(await theirs.locator('.react-flow').count()).toBe(0);
    expect(await theirs.getByRole('region', { name: 'Chosen in the chain' }).innerText()).toContain('Receipt line');
    await theirs.getByRole('button', { name: /^Close .+/, expanded: true }).waitFor();
    await other.close();
  });
});

describe('as of a moment', () => {
  it('steps through what became known when, says so, and comes back to now', async () => {
    await visit(page, chain('&steps=true'));
    const steps = page.getByRole('table', { name: 'What became known when' });
    expect(await steps.getByText('not yet', { exact: true }).count()).toBe(0);
    await steps.getByRole('button', { name: /^As of / }).first().click();
    await expect.poll(() => search().get('asOf'), PATIENT).toBeTruthy();
    const banner = page.getByRole('status').filter({ hasText: 'As known on' });
    await banner.waitFor();
    expect(await banner.innerText()).toMatch(/As known on \d+ \w+ \d{4}, \d\d:\d\d(:\d\d)? \(UTC\+[12]\)/);
    await page.getByRole('button', { name: 'Now', exact: true }).click();
    await banner.waitFor({ state: 'detached' });
    expect(search().get('asOf')).toBeNull();
  });

  it('of a moment before anything was recorded shows all of it as not known yet', async () => {
    await visit(page, chain('&asOf=2001-01-31T22:59:59.999Z&view=list'));
    await page.getByText('As known on 31 January 2001, 23:59 (UTC+1)').waitFor();
    await page.getByText('not known yet').first().waitFor();
    expect(await page.getByRole('heading', { name: 'Events of the chain (0)' }).count()).toBe(1);
    expect(await troubles(page)).toEqual([]);
  });

  it('fits a phone', async () => {
    const phone = await contextAs(browser, product.origin, 'supply', { viewport: PHONE, colorScheme: 'dark' });
    const small = await phone.newPage();
    await visit(small, chain('&asOf=2001-01-31T22:59:59.999Z&steps=true'));
    await loaded(small);
    expect(await small.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(PHONE.width);
    expect(await troubles(small)).toEqual([]);
    await phone.close();
  });
});
