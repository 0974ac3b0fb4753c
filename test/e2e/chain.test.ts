import { jetstreamManager } from '@nats-io/jetstream';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { contextAs, loaded, openBrowser, PATIENCE_MS, troubles, visit, watch } from '../support/browser';
import { connectTo } from '../support/product';
import { chainPath, firstRows, postedOrderLine } from './pages';

const product = inject('product');
const PATIENT = { timeout: PATIENCE_MS };
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  browser = await openBrowser();
  context = await contextAs(browser, product.origin, 'supply');
  page = await context.newPage();
});
afterAll(() => browser?.close());

/** The newest record that somebody opened a payload; undefined before the first. */
async function newestOpening(): Promise<{ seq: number; event: { data: { actor: unknown; document: { id: string } } } } | undefined> {
  const nats = await connectTo(product);
  try {
    const manager = await jetstreamManager(nats);
    const message = await manager.streams.getMessage('OPS', { last_by_subj: 'ops.payload.>' });
    return message ? { seq: message.seq, event: message.json() } : undefined;
  } catch {
    return undefined;
  } finally {
    await nats.close();
  }
}

describe('from a table down to the payload', () => {
  it('opens the chain of a row, its events, and a payload, which leaves a record of who looked', async () => {
    const problems = watch(page);
    await visit(page, '/lineage?range=all');
    const row = page.locator('#chains tbody tr, section:has(a[download]) tbody tr').first();
    await row.locator('td').nth(1).click();
    await page.waitForURL((url) => /^\/lineage\/[a-z-]+\//.test(url.pathname));
    await loaded(page);

    // The graph: a node for each document, drawn.
    await expect.poll(() => page.locator('.react-flow__node').count(), PATIENT).toBeGreaterThan(0);
    const opener = page.getByRole('button', { name: /^Open .+/, expanded: false }).first();
    await opener.click();
    const before = await newestOpening();
    await page.getByRole('button', { name: 'Open payload' }).first().click();
    const payload = page.getByLabel('Payload', { exact: true });
    await payload.waitFor();
    const text = await payload.innerText();
    expect(JSON.parse(text)).toMatchObject({ data: { document: { id: expect.any(String) } } });

    await expect.poll(async () => (await newestOpening())?.seq ?? 0, PATIENT).toBeGreaterThan(before?.seq ?? 0);
    const opening = await newestOpening();
    expect(opening?.event.data.actor).toEqual({ kind: 'human', id: 'demo:supply' });
    expect(opening?.event.data.document.id).toMatch(/^[0-9a-f-]{36}$/);
    expect(await troubles(page)).toEqual([]);
    expect(problems).toEqual([]);
  });

  it('tells the executive that payloads are for others', async () => {
    const other = await contextAs(browser, product.origin, 'executive');
    const id = await postedOrderLine(other.request);
    const sheet = await other.newPage();
    await visit(sheet, `${chainPath('order-line', id)}?range=all`);
    await sheet.getByRole('button', { name: /^Open .+/, expanded: false }).first().click();
    await sheet.getByText('Payloads are not part of your role.').waitFor();
    expect(await sheet.getByRole('button', { name: 'Open payload' }).count()).toBe(0);
    await other.close();
  });

  it('shows stages, times with their zone, and the way back to the documents', async () => {
    const id = await postedOrderLine(context.request);
    await visit(page, `${chainPath('order-line', id)}?range=all`);
    for (const stage of ['Order', 'Receipt', 'Invoice', 'Posting']) {
      await page.locator('main section').getByText(stage, { exact: true }).first().waitFor();
    }
    expect(await page.locator('main time').first().innerText()).toMatch(/\d\d:\d\d.* (C|E|M|P)(S|D)T$|[A-Z]{3,4}$|UTC|GMT/);
  });

  it('says so when nothing is recorded under an address', async () => {
    await page.goto(chainPath('order-line', 'PO-NEVER-WAS/1'));
    await loaded(page);
    await expect.poll(() => page.locator('main').innerText(), PATIENT).toMatch(/not recorded|nothing|no event|unknown|never/i);
  });
});

describe('the search box', () => {
  const search = async (key: string) => {
    const box = page.getByRole('search').getByRole('combobox').and(page.locator(':visible'));
    await page.keyboard.press('/');
    await expect.poll(() => box.evaluate((element) => element === document.activeElement)).toBe(true);
    await box.fill(key);
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname.startsWith('/lineage') && url.search.includes('q='));
    await loaded(page);
  };
  const hrefs = async () => page.locator('main tbody a').evaluateAll((links) => links.map((link) => decodeURIComponent(new URL((link as HTMLAnchorElement).href).pathname)));

  beforeAll(() => visit(page, '/'));

  it('finds an order by its number, and leads to its chain', async () => {
    const line = await postedOrderLine(context.request);
    const order = line.slice(0, line.lastIndexOf('/'));
    await search(order);
    await expect.poll(hrefs, PATIENT).toContain(`/lineage/order/${order}`);
    await page.locator('main tbody').getByRole('link', { name: order, exact: true }).first().click();
    await page.waitForURL((url) => /^\/lineage\/order/.test(url.pathname));
    await loaded(page);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain(order);
  });

  it('offers what begins with the key, and leads there from the keyboard', async () => {
    const line = await postedOrderLine(context.request);
    await page.keyboard.press('/');
    await page.getByRole('search').getByRole('combobox').and(page.locator(':visible')).fill(line);
    const options = page.getByRole('option');
    await options.filter({ hasText: line }).first().waitFor();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => decodeURIComponent(url.pathname) === `/lineage/order-line/${line}`);
    await loaded(page);
    expect(await page.getByRole('heading', { level: 1 }).innerText()).toContain(line);
  });

  it('finds an item', async () => {
    const [row] = await firstRows(context.request, 'stockout.lines');
    const item = String(row?.item);
    await search(item);
    await expect.poll(hrefs, PATIENT).toContain(`/lineage/item/${item}`);
  });

  it('finds what begins with a key', async () => {
    const line = await postedOrderLine(context.request);
    await search(line.slice(0, 5));
    await expect.poll(async () => (await hrefs()).length, PATIENT).toBeGreaterThan(1);
  });

  it('finds an invoice by the supplier’s number', async () => {
    const rows = await firstRows(context.request, 'throughput.events', { type: 'finance.invoice.received.v1' });
    const invoice = String(rows[0]?.document_id);
    await search(invoice);
    await expect.poll(async () => (await hrefs()).filter((href) => href.includes(invoice)).length, PATIENT).toBeGreaterThan(0);
  });

  it('says where it looked when there is nothing', async () => {
    await search('NO-SUCH-KEY-ANYWHERE');
    await page.getByText('Nothing recorded under this key').waitFor();
  });
});
