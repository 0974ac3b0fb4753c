// What supply chain staff and accounts payable do on the pages of receipts and invoices.
import Decimal from 'decimal.js';
import { parse } from 'csv-parse/sync';
import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { contextAs, loaded, openBrowser, PATIENCE_MS, PHONE, visit, watch } from '../support/browser';
import { overflow } from './looks';
import { agree, ALL, ask, firstRows, type Row } from './pages';

const product = inject('product');
const PATIENT = { timeout: PATIENCE_MS };
let browser: Browser;
let context: BrowserContext;
let page: Page;
let problems: string[];

beforeAll(async () => {
  browser = await openBrowser();
  context = await contextAs(browser, product.origin, 'supply', { acceptDownloads: true, permissions: ['clipboard-read', 'clipboard-write'] });
  page = await context.newPage();
  problems = watch(page);
});
afterAll(() => browser?.close());

const section = (title: string): Locator => page.locator('section').filter({ has: page.getByRole('heading', { level: 2, name: title, exact: true }) });
const rows = (title: string) => section(title).locator('tbody tr');
const card = (label: string | RegExp) => page.locator('main .tl-card').filter({ has: page.getByText(label, { exact: true }) }).first();
/** The first number on a card. */
const figure = async (label: string) => Number((await card(label).innerText()).split('\n').map((line) => line.trim()).find((line) => /^[\d,]+$/.test(line))?.replaceAll(',', ''));

/** Lines of the CSV behind a table. */
async function csvOf(title: string): Promise<Record<string, string>[]> {
  const [download] = await Promise.all([page.waitForEvent('download'), section(title).getByRole('link', { name: 'CSV' }).click()]);
  return parse(readFileSync(await download.path(), 'utf8'), { columns: true, bom: true });
}
const sum = (values: readonly (string | undefined)[]) => values.reduce((total, value) => total.plus(value || '0'), new Decimal(0)).toFixed();
const total = async (list: string, input: Record<string, unknown>) => (await ask<{ total: number }>(context.request, 'list.page', { list, input: { filters: ALL, ...input }, page: 1, pageSize: 25 })).data?.total;

it('draws counts against whole numbers only', async () => {
  await visit(page, '/invoices');
  for (const title of ['Mismatches over time', 'Items with the most mismatches']) {
    const ticks = section(title).locator('.recharts-cartesian-axis-tick-value');
    await expect.poll(() => ticks.count(), PATIENT).toBeGreaterThan(0);
    for (const text of await ticks.allTextContents()) expect(text, title).not.toMatch(/^\d+\.\d+$/);
  }
});

describe('accruals by month', () => {
  it('open each figure to the order lines that add up to it, and on to a chain', async () => {
    await visit(page, '/receipts?range=all&tab=accruals');
    await expect.poll(() => rows('Accruals by month').count(), PATIENT).toBeGreaterThan(0);
    const months: Row[] = await firstRows(context.request, 'receipts.accruals');
    const month = months.find((row) => Number(row.closing) > 0 && Number(row.added) > 0);
    expect(month).toBeDefined();
    for (const row of months) expect(new Decimal(String(row.opening)).plus(String(row.added)).minus(String(row.cleared)).toFixed()).toBe(new Decimal(String(row.closing)).toFixed());
    const line = months.findIndex((row) => row === month);
    // Month, opening, added, cleared, closing.
    await rows('Accruals by month').nth(line).locator('td').nth(2).getByRole('link').click();
    await page.waitForURL((url) => url.searchParams.get('part') === 'added' && url.searchParams.get('currency') === month?.currency);
    await expect.poll(() => rows('Order lines behind it').count(), PATIENT).toBeGreaterThan(0);
    const lines = await csvOf('Order lines behind it');
    const now = (await firstRows(context.request, 'receipts.accruals')).find((row) => row.month === month?.month && row.currency === month?.currency);
    // Receipts go on arriving while this looks.
    expect([String(month?.added), String(now?.added)].map((value) => new Decimal(value).toFixed())).toContain(sum(lines.map((each) => each.Added?.replace(/[^\d.-]/g, ''))));
    await rows('Order lines behind it').first().locator('td').nth(1).click();
    await page.waitForURL((url) => url.pathname.startsWith('/lineage/order-line/'));
  });

  it('open what was posted to the postings, by the keyboard alone', async () => {
    await visit(page, '/receipts?range=all');
    await page.getByRole('tab', { name: 'Not invoiced' }).focus();
    await page.keyboard.press('ArrowRight');
    await page.keyboard.press('ArrowRight');
    await page.waitForURL((url) => url.searchParams.get('tab') === 'accruals');
    const posted = rows('Accruals by month').first().locator('td').nth(5).getByRole('link');
    await posted.waitFor();
    await posted.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('part') === 'posted');
    await rows('Accrual postings').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname.startsWith('/lineage/posting/'));
  });
});

describe('receipts', () => {
  it('are asked after with a message that is ready to be copied', async () => {
    await visit(page, '/receipts?range=all');
    await expect.poll(() => rows('Receipt lines').count(), PATIENT).toBeGreaterThan(0);
    // Receipts and invoices go on arriving while this looks: of the supplier with most, what waits throughout is asked for, and nothing that never waited.
    const waiting = async (supplier?: string) => (await firstRows(context.request, 'receipts.unmatched', { view: 'open', ...(supplier ? { supplier } : {}) }, 100)).map((row) => ({ supplier: String(row.supplier), receipt: String(row.object_id) }));
    const suppliers = (await waiting()).map((row) => row.supplier).filter(Boolean);
    const [supplier = ''] = suppliers.sort((a, b) => suppliers.filter((each) => each === b).length - suppliers.filter((each) => each === a).length);
    await visit(page, `/receipts?range=all&supplier=${encodeURIComponent(supplier)}`);
    const before = (await waiting(supplier)).map((row) => row.receipt);
    await page.getByRole('button', { name: 'Write to supplier' }).click();
    const message = page.getByLabel('Message', { exact: true });
    await expect.poll(() => message.inputValue(), PATIENT).toContain('received ');
    const asked = [...(await message.inputValue()).matchAll(/received \S+ \((\S+)\)/g)].map((match) => match[1]);
    const after = (await waiting(supplier)).map((row) => row.receipt);
    expect(asked).not.toEqual([]);
    expect([...before, ...after]).toEqual(expect.arrayContaining(asked));
    expect(asked).toEqual(expect.arrayContaining(before.filter((receipt) => after.includes(receipt))));
    await page.getByRole('button', { name: 'Copy the message' }).click();
    await page.getByRole('button', { name: 'Copied' }).waitFor();
    expect(await page.evaluate(() => navigator.clipboard.readText())).toContain('have no invoice');
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => url.searchParams.get('message') === null);
  });

  it('that brought less than was ordered lead to their order line', async () => {
    await visit(page, '/receipts?range=all&tab=deliveries');
    await expect.poll(() => rows('Under-delivered order lines').count(), PATIENT).toBeGreaterThan(0);
    for (const line of await csvOf('Under-delivered order lines')) expect(new Decimal(line.Ordered ?? '0').minus(line.Received ?? '0').toFixed()).toBe(new Decimal(line['Not come'] ?? '').toFixed());
    await rows('Under-delivered order lines').first().locator('td').nth(1).click();
    await page.waitForURL((url) => url.pathname.startsWith('/lineage/order-line/'));
  });
});

describe('invoice lines', () => {
  it('of which the ERP says something else are counted, and show both verdicts beside each other', async () => {
    await visit(page, '/invoices?range=all&view=erp');
    await expect.poll(() => rows('Invoice lines').count(), PATIENT).toBeGreaterThan(0);
    const label = await page.getByText(/^ERP differs \([\d,]+\)$/).innerText();
    const counted = Number(/\(([\d,]+)\)/.exec(label)?.[1]?.replaceAll(',', ''));
    expect(Math.abs(counted - Number(await total('invoices.lines', { view: 'erp' })))).toBeLessThanOrEqual(2);
    for (const line of await csvOf('Invoice lines')) expect([line.Verdict, '']).not.toContain(line['ERP says']);
    // By the keyboard: the verdict opens how it came about.
    await rows('Invoice lines').first().getByRole('button', { name: /how it came about/ }).focus();
    await page.keyboard.press('Enter');
    const drawer = page.getByRole('dialog', { name: 'How the verdict came about' });
    await drawer.locator('[data-verdict="erp"]').getByText('Not what we find').waitFor();
    await expect.poll(() => drawer.locator('[data-verdict="ours"]').innerText(), PATIENT).toMatch(/by rules match-1/);
    await drawer.locator('[data-verdict="beside"]').getByText('by rules strict').waitFor();
    await drawer.getByRole('link', { name: 'Open its chain' }).click();
    await page.waitForURL((url) => url.pathname.startsWith('/lineage/invoice-line/'));
  });

  it('are opened by the name of a bar', async () => {
    await visit(page, '/invoices?range=all');
    const bar = section('Suppliers with the most mismatches').getByRole('link').first();
    await bar.focus();
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('supplier') !== null);
    const supplier = new URL(page.url()).searchParams.get('supplier');
    await agree(async () => (await csvOf('Invoice lines')).length, () => total('invoices.lines', { view: 'mismatch', supplier }));
  });

  it('that another version of the rules judges otherwise are counted, and show its verdict beside the one in force', async () => {
    await visit(page, '/invoices?range=all&view=rules');
    await section('Invoice lines').getByText('another version of the rules judges the line otherwise').waitFor();
    await expect.poll(() => rows('Invoice lines').count(), PATIENT).toBeGreaterThan(0);
    const label = await page.getByText(/^Other rules differ \([\d,]+\)$/).innerText();
    expect(Math.abs(Number(/\(([\d,]+)\)/.exec(label)?.[1]?.replaceAll(',', '')) - Number(await total('invoices.lines', { view: 'rules' })))).toBeLessThanOrEqual(2);
    for (const line of await csvOf('Invoice lines')) expect(line['By other rules']).toMatch(/^strict\+[0-9a-f]+: /);
    await rows('Invoice lines').first().getByRole('button', { name: /how it came about/ }).click();
    const drawer = page.getByRole('dialog', { name: 'How the verdict came about' });
    await expect.poll(() => drawer.locator('[data-verdict="ours"]').innerText(), PATIENT).toMatch(/by rules match-1/);
    const beside = drawer.locator('[data-verdict="beside"]');
    await beside.getByText('Otherwise', { exact: true }).waitFor();
    // With what it stands on.
    expect(await beside.innerText()).toMatch(/by rules strict[\s\S]*\d[\s\S]*At stake/);
  });
});

describe('blocked invoices', () => {
  it('stand in the order in which their discounts end, and lead to their chain', async () => {
    await visit(page, '/invoices?range=all&tab=blocked');
    await expect.poll(() => rows('Blocked invoices').count(), PATIENT).toBeGreaterThan(0);
    await card('Discount still to be had').click();
    await page.waitForURL((url) => url.searchParams.get('blocked') === 'discount');
    await loaded(page);
    const listed = await firstRows(context.request, 'invoices.blocked', { view: 'discount' }, 100);
    const days = listed.map((row) => Number(row.discount_days));
    expect(days).toEqual([...days].sort((a, b) => a - b));
    expect(days.every((each) => each >= 0)).toBe(true);
    expect(Math.abs((await figure('Discount still to be had')) - listed.length)).toBeLessThanOrEqual(2);
    await visit(page, '/invoices?range=all&tab=blocked');
    await rows('Blocked invoices').first().locator('td').first().click();
    await page.waitForURL((url) => url.pathname.startsWith('/lineage/invoice/'));
    await loaded(page);
  });
});

describe('the scorecard', () => {
  it('leads from a supplier to its invoice lines', async () => {
    await visit(page, '/invoices?range=all&tab=suppliers');
    await expect.poll(() => rows('Supplier scorecard').count(), PATIENT).toBeGreaterThan(0);
    expect(await rows('Supplier scorecard').first().getByRole('img', { name: /Perfect invoices by month: \d{4}-\d\d/ }).count()).toBe(1);
    const scores = await firstRows(context.request, 'invoices.suppliers', {}, 100);
    // The list is in order of mismatches, and another may have come first meanwhile: the row as it is shown counts.
    const shown = await rows('Supplier scorecard').first().locator('td').first().innerText();
    await rows('Supplier scorecard').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('supplier') !== null && url.searchParams.get('tab') === null);
    await expect.poll(() => rows('Invoice lines').count(), PATIENT).toBeGreaterThan(0);
    const supplier = new URL(page.url()).searchParams.get('supplier');
    expect(scores.find((row) => row.supplier === supplier)?.name).toBe(shown.trim());
    await agree(async () => (await csvOf('Invoice lines')).length, async () => (await firstRows(context.request, 'invoices.suppliers', {}, 100)).filter((row) => row.supplier === supplier).reduce((n, row) => n + Number(row.lines), 0));
  });
});

describe('contracts', () => {
  it('open what was bought without them to its order lines', async () => {
    await visit(page, '/invoices?range=all&tab=contracts');
    await expect.poll(() => rows('Bought off contract').count(), PATIENT).toBeGreaterThan(0);
    const contracts = async () => (await ask<{ offLines: number; offSpend: { currency: string; value: string }[] }>(context.request, 'invoices.contracts', { filters: ALL })).data;
    await agree(async () => (await csvOf('Bought off contract')).length, async () => (await contracts())?.offLines);
    const currencies = (await contracts())?.offSpend.map(({ currency }) => currency);
    expect(new Set(currencies).size).toBe(currencies?.length);
    await rows('Bought off contract').first().locator('td').nth(1).click();
    await page.waitForURL((url) => url.pathname.startsWith('/lineage/order-line/'));
  });
});

it('fits a phone, with nothing wrong said by the browser', async () => {
  const phone = await (await contextAs(browser, product.origin, 'supply', { viewport: PHONE })).newPage();
  for (const path of ['/receipts?range=all', '/receipts?range=all&tab=deliveries', '/receipts?range=all&tab=accruals', '/invoices?range=all', '/invoices?range=all&tab=blocked', '/invoices?range=all&tab=suppliers', '/invoices?range=all&tab=contracts']) {
    await visit(phone, path);
    await expect.poll(() => phone.locator('tbody tr').count(), PATIENT).toBeGreaterThan(0);
    expect(await overflow(phone), path).toBe(0);
  }
  await phone.context().close();
  expect(problems).toEqual([]);
});
