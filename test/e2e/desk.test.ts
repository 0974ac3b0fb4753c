import { parse } from 'csv-parse/sync';
import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { contextAs, loaded, openBrowser, PATIENCE_MS, visit, watch } from '../support/browser';
import { agree, ALL, ask, firstRows } from './pages';

const product = inject('product');
const PATIENT = { timeout: PATIENCE_MS };
let browser: Browser;
let context: BrowserContext;
let page: Page;
let problems: string[];

beforeAll(async () => {
  browser = await openBrowser();
  context = await contextAs(browser, product.origin, 'supply', { acceptDownloads: true });
  page = await context.newPage();
  problems = watch(page);
});
afterAll(() => browser?.close());

const section = (title: string | RegExp): Locator => page.locator('section').filter({ has: page.getByRole('heading', { level: 2, name: title }) });
const rows = (title: string | RegExp) => section(title).locator('tbody tr');
const card = (label: string) => page.locator('main .tl-card').filter({ has: page.getByText(label, { exact: true }) }).first();

/** Lines of the CSV behind a table. */
async function csvOf(title: string | RegExp): Promise<Record<string, string>[]> {
  const [download] = await Promise.all([page.waitForEvent('download'), section(title).getByRole('link', { name: 'CSV' }).click()]);
  return parse(readFileSync(await download.path(), 'utf8'), { columns: true, bom: true });
}

describe('reconciliation', () => {
  it('leads from a figure to its windows, to the keys that differ, and to a chain', async () => {
    await visit(page, '/reconciliation?range=all');
    await expect.poll(() => card('Open gaps').innerText(), PATIENT).toMatch(/of [\d,]+ windows/);
    const open = async () => Number(/\n([\d,]+)\n/.exec(await card('Open gaps').innerText())?.[1]?.replaceAll(',', ''));
    expect(await open()).toBeGreaterThan(0);
    await agree(async () => (await csvOf('Windows')).length, open);
    const [gap] = await firstRows(context.request, 'reconciliation.keys', { kind: 'missing' });
    await visit(page, `/reconciliation?range=all&window=${encodeURIComponent(String(gap?.window_key))}`);
    await expect.poll(() => rows('Keys that differ').count(), PATIENT).toBeGreaterThan(0);
    await section('Keys that differ').getByRole('link', { name: String(gap?.key) }).click();
    await page.waitForURL((url) => url.pathname.startsWith('/lineage/'));
    await loaded(page);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain(String(gap?.key));
  });

  it('is signed for a day, and the second of two people is told', async () => {
    const days = (await firstRows(context.request, 'reconciliation.days', { view: 'to_sign' }, 100)).filter((row) => row.state === 'to sign');
    const day = days.find((row) => Number(row.open) > 0) ?? days[0];
    const address = `/reconciliation?${new URLSearchParams({ facility: String(day?.facility), day: String(day?.day), from: String(day?.from), to: String(day?.to) })}`;
    const other = await (await contextAs(browser, product.origin, 'administrator')).newPage();
    await visit(other, address);
    await other.getByRole('button', { name: 'Sign the day' }).waitFor();
    // A page shows by itself that somebody else has signed; this one does not come to hear of it.
    const reads = /\/api\/trpc\/[^?]*reconciliation\.day/;
    await other.route(reads, async (route) => (route.request().method() === 'GET' ? undefined : route.continue()));
    await visit(page, address);
    await page.getByRole('textbox', { name: /Comment|Why it is signed/ }).fill('handed over again tomorrow');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Enter');
    await expect.poll(() => section(/^Daily close of/).innerText(), PATIENT).toMatch(/Signed by .*handed over again tomorrow/s);
    await other.getByRole('textbox', { name: /Comment|Why it is signed/ }).fill('me too');
    await other.getByRole('button', { name: 'Sign the day' }).click();
    await other.getByText('Somebody else has signed this day in the meantime.').waitFor();
    await other.unroute(reads);
    await visit(other, address);
    await expect.poll(() => other.locator('main').innerText(), PATIENT).toContain('handed over again tomorrow');
    await other.context().close();
  });

  it('is looked at by an engineer, who may not sign', async () => {
    const [day] = await firstRows(context.request, 'reconciliation.days');
    const engineer = await contextAs(browser, product.origin, 'engineer');
    expect((await ask(engineer.request, 'reconciliation.day', { facility: day?.facility, day: day?.day })).status).toBe(200);
    const answer = await engineer.request.post('/api/trpc/reconciliation.sign', { data: { json: { facility: day?.facility, day: day?.day, sequence: 0, gaps: 0 } } });
    expect(answer.status()).toBe(403);
    await engineer.close();
  });
});

describe('open orders', () => {
  it('lead from a flag to its lines and to a chain, by a link that keeps the choice', async () => {
    await visit(page, '/orders');
    await expect.poll(() => rows('Order lines').count(), PATIENT).toBeGreaterThan(0);
    await card('Late').click();
    await page.waitForURL((url) => url.searchParams.get('view') === 'late');
    const listed = async () => (await ask<{ total: number }>(context.request, 'list.page', { list: 'orders.lines', input: { filters: {}, view: 'late' }, page: 1, pageSize: 25 })).data?.total;
    await agree(async () => {
      const late = await csvOf('Order lines');
      for (const line of late) expect(line['What is said of it']).toContain('late');
      return late.length;
    }, listed);
    await page.reload();
    await loaded(page);
    await expect.poll(() => rows('Order lines').count(), PATIENT).toBeGreaterThan(0);
    await rows('Order lines').first().locator('td').nth(2).click();
    await page.waitForURL((url) => url.pathname.startsWith('/lineage/order-line/'));
  });

  it('narrow by what is typed', async () => {
    const [line] = await firstRows(context.request, 'orders.lines');
    await visit(page, '/orders');
    await page.getByLabel('Item', { exact: true }).fill(String(line?.item));
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('item') === line?.item);
    await expect.poll(async () => (await csvOf('Order lines')).every((row) => row.Item === line?.item), PATIENT).toBe(true);
  });
});

describe('data quality', () => {
  it('leads from a problem to the lines that name it', async () => {
    await visit(page, '/quality?range=all');
    await expect.poll(() => rows('Problems').count(), PATIENT).toBeGreaterThan(0);
    const listed = () => firstRows(context.request, 'quality.problems', { kind: 'unmapped-usage' }, 100);
    const record = (await listed())[0]?.record;
    await visit(page, `/quality?range=all&kind=unmapped-usage&record=${encodeURIComponent(String(record))}`);
    await agree(async () => (await csvOf('Lines that name them')).length, async () => Number((await listed()).find((row) => row.record === record)?.lines));
    await rows('Lines that name them').first().locator('td').nth(2).click();
    await page.waitForURL((url) => url.pathname.startsWith('/lineage/usage/'));
  });

  it('shows the item master as of the day chosen, and says where no system of record is configured', async () => {
    await visit(page, '/quality?range=all&on=2020-01-01');
    await page.getByText('No item was in force on that day').waitFor();
    await page.getByText('No system of record is configured').waitFor();
  });
});

describe('case cost', () => {
  it('leads from procedures to their lines, and names no case but by its token', async () => {
    await visit(page, '/cases?range=all');
    await expect.poll(() => rows('Procedures').count(), PATIENT).toBeGreaterThan(0);
    const [group] = await firstRows(context.request, 'cases.groups', { by: 'procedure' });
    await visit(page, `/cases?range=all&procedure=${encodeURIComponent(String(group?.name))}&view=all`);
    await expect.poll(() => rows('Usage lines').count(), PATIENT).toBeGreaterThan(0);
    const lines = await csvOf('Usage lines');
    expect(lines.length).toBeGreaterThanOrEqual(Number(group?.lines));
    for (const line of lines) expect(line.Case).toMatch(/^tk\d+-/);
    const { data } = await ask<{ priced: { currency: string }[] }>(context.request, 'cases.summary', { filters: ALL });
    // Each currency by itself.
    expect(new Set(data?.priced.map(({ currency }) => currency)).size).toBe(data?.priced.length);
    await rows('Usage lines').first().locator('td').nth(3).click();
    await page.waitForURL((url) => url.pathname.startsWith('/lineage/usage/'));
    expect(problems).toEqual([]);
  });
});
