import { readFileSync } from 'node:fs';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { contextAs, loaded, openBrowser, PATIENCE_MS, troubles, visit, watch } from '../support/browser';
import { readOcelLog } from '../support/ocel';
import { readRunEvents } from '../support/openlineage';
import { faint, nameless, skippedLevels } from './looks';
import { firstRows } from './pages';

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

const rows = () => page.locator('section:has(a[download]) tbody tr');

describe('a recalled lot', () => {
  it('is followed from its notice to every place, and on to a chain', async () => {
    await visit(page, '/recall');
    await rows().first().locator('td').nth(1).click();
    await page.waitForURL((url) => url.pathname === '/recall' && url.searchParams.has('lot'));
    await loaded(page);
    await expect.poll(() => page.locator('main').innerText(), PATIENT).toMatch(/Still on hand[\s\S]*Where it went/);
    await expect.poll(() => rows().count(), PATIENT).toBeGreaterThan(0);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain(new URL(page.url()).searchParams.get('lot'));
    expect(await troubles(page)).toEqual([]);
    expect(await nameless(page)).toEqual([]);
    expect(await skippedLevels(page)).toEqual([]);
    expect(await faint(page, 4.5)).toEqual([]);

    // All of it as CSV, as many lines as the page says.
    const said = Number(/([\d,]+) lines?; what is on hand first/.exec(await page.locator('main').innerText())?.[1]?.replaceAll(',', ''));
    const [download] = await Promise.all([page.waitForEvent('download'), page.locator('a[download]').last().click()]);
    const csv = readFileSync(await download.path(), 'utf8').trimEnd().split('\r\n');
    expect(csv).toHaveLength(said + 1);
    expect(csv[0]).toMatch(/^\uFEFFWhat,Facility,Location,Document line,Quantity,/);

    await rows().first().locator('td').first().click();
    await page.waitForURL((url) => url.pathname.startsWith('/lineage/'));
    expect(problems).toEqual([]);
  });

  it('is typed as a barcode, which does not stay in the address', async () => {
    const [notice] = await firstRows(context.request, 'recall.notices');
    const [line] = await firstRows(context.request, 'recall.lines', { item: notice?.item, lot: notice?.lot });
    await visit(page, '/recall');
    await page.getByLabel('Item, GTIN or barcode').fill(`(01)00614141000036(10)${notice?.lot}(21)SERIAL-1`);
    await page.getByRole('button', { name: 'Find' }).click();
    await page.waitForURL((url) => url.searchParams.get('lot') === notice?.lot && !url.search.includes('SERIAL'));
    await page.getByLabel('Item, GTIN or barcode').fill(String(notice?.item));
    await page.getByRole('textbox', { name: 'Lot', exact: true }).fill(String(line?.lot));
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.get('item') === notice?.item);
    await loaded(page);
    await expect.poll(() => rows().count(), PATIENT).toBeGreaterThan(0);
  });

  it('says where it looked for what is recorded nowhere', async () => {
    await visit(page, '/recall?item=NO-SUCH-ITEM&lot=NO-SUCH-LOT');
    await page.getByText('No item NO-SUCH-ITEM and no lot NO-SUCH-LOT is recorded').waitFor();
    expect(await page.locator('main').innerText()).toMatch(/Looked in: .*balances.*recall notices/);
  });
});

describe('the exports', () => {
  it('are files that the standards admit', async () => {
    const input = encodeURIComponent(JSON.stringify({ filters: { range: '24h' } }));
    const ocel = await context.request.get(`/api/export/ocel?input=${input}`);
    expect(ocel.headers()['content-disposition']).toMatch(/^attachment; filename="throughline-.*\.ocel\.json"$/);
    expect(readOcelLog(await ocel.text()).events.length).toBeGreaterThan(0);
    const runs = await context.request.get(`/api/export/openlineage?input=${input}`);
    expect(readRunEvents(await runs.text()).length).toBeGreaterThan(0);
  });

  it('are refused to a visitor, and for a filter that cannot be read', async () => {
    const visitor = await contextAs(browser, product.origin, null);
    for (const format of ['ocel', 'openlineage']) {
      expect((await visitor.request.get(`/api/export/${format}`)).status()).toBe(401);
      expect((await context.request.get(`/api/export/${format}?input=%7Bx`)).status()).toBe(400);
      expect((await context.request.get(`/api/export/${format}?check=1`)).status()).toBe(204);
    }
    await visitor.close();
  });
});
