// What a page does when events arrive, and when the store goes away under it.
import { randomUUID } from 'node:crypto';
import { jetstream } from '@nats-io/jetstream';
import { connect } from '@nats-io/transport-node';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { contextAs, loaded, openBrowser, PATIENCE_MS, visit } from '../support/browser';
import { pidOf, settingsOf } from '../support/product';
import { isAlive } from '../support/start';
import { ask } from './pages';

const product = inject('product');
const PATIENT = { timeout: PATIENCE_MS };
let browser: Browser;
let context: BrowserContext;
let page: Page;

beforeAll(async () => {
  browser = await openBrowser();
  context = await contextAs(browser, product.origin, 'administrator');
  page = await context.newPage();
});
afterAll(() => browser?.close());

/** Publishes receipts as a hospital's own system would: as the publisher, structured, one after another. */
async function publishReceipts(count: number): Promise<string[]> {
  const { data } = await ask<{ facilities: { id: string }[] }>(context.request, 'filters.bounds');
  const facility = data?.facilities[0]?.id ?? 'NORTHGATE';
  const nats = await connect({
    servers: settingsOf(product).NATS_URL,
    user: 'publisher',
    pass: readFileSync(path.join(product.data, 'publisher.password'), 'utf8').trim(),
  });
  try {
    const js = jetstream(nats, { checkAPI: false });
    const documents: string[] = [];
    for (let each = 0; each < count; each++) {
      const id = `RCV-E2E-${randomUUID().slice(0, 8).toUpperCase()}`;
      const event = {
        specversion: '1.0',
        id: randomUUID(),
        source: 'e2e',
        type: 'procurement.receipt.confirmed.v1',
        time: new Date().toISOString(),
        data: {
          facility,
          document: { id, date: new Date().toISOString().slice(0, 10) },
          lines: [{ id: '1', order: { document: `PO-E2E-${id}`, line: '10' }, item: 'ITM-E2E', quantity: '12', uom: 'EA' }],
        },
      };
      await js.publish(`events.procurement.receipt.confirmed.${facility}`, JSON.stringify(event));
      documents.push(id);
    }
    return documents;
  } finally {
    await nats.close();
  }
}

/** A figure's value as a number. */
async function figure(label: RegExp): Promise<number> {
  const card = page.locator('main .tl-card').filter({ has: page.getByText(label) }).first();
  const [, value = ''] = (await card.innerText()).split('\n').filter((line) => line.trim() !== '');
  return Number(value.replaceAll(',', ''));
}

const mark = () => page.evaluate(() => document.documentElement.setAttribute('data-e2e', 'same page'));
const sameLoad = () => page.evaluate(() => document.documentElement.getAttribute('data-e2e') === 'same page');

describe('a page that is open', () => {
  it('counts events as they arrive, without a reload', async () => {
    await visit(page, '/throughput?range=all');
    await mark();
    const before = await figure(/^Events recorded/);
    expect(before).toBeGreaterThan(1000);
    await publishReceipts(3);
    await expect.poll(() => figure(/^Events recorded/), PATIENT).toBeGreaterThanOrEqual(before + 3);
    expect(await sameLoad()).toBe(true);
  });

  it('lists what arrived, and its chain is there', async () => {
    await visit(page, '/throughput?range=1h&ev.sort=time&ev.desc=true');
    await mark();
    const [document = ''] = await publishReceipts(1);
    await page.locator('#events tbody').getByText(document).first().waitFor();
    expect(await sameLoad()).toBe(true);
    await page.locator('#events tbody').getByText(document).first().click();
    await page.waitForURL((url) => url.pathname.startsWith('/lineage/'));
    await loaded(page);
    expect(await page.locator('main').innerText()).toContain(document);
  });

  it('keeps still while it is paused', async () => {
    await visit(page, '/throughput?range=all');
    await page.getByRole('button', { name: /Press to pause/ }).click();
    await page.getByRole('button', { name: /^Paused/ }).waitFor();
    const before = await figure(/^Events recorded/);
    let asked = 0;
    page.on('request', (request) => (asked += request.url().includes('throughput.activity') ? 1 : 0));
    await publishReceipts(2);
    // Recorded, so an unpaused page would have asked again.
    await expect
      .poll(async () => (await ask<{ totals: { events: number } }>(context.request, 'throughput.activity', { filters: { range: 'all' } })).data?.totals.events, PATIENT)
      .toBeGreaterThanOrEqual(before + 2);
    expect(await figure(/^Events recorded/)).toBe(before);
    await page.getByRole('button', { name: /^Paused/ }).click();
    await expect.poll(() => figure(/^Events recorded/), PATIENT).toBeGreaterThanOrEqual(before + 2);
    expect(asked).toBeGreaterThan(0);
  });
});

describe('when the store is killed', () => {
  it('says so instead of showing zeros, keeps what it had as of then, and recovers by itself', async () => {
    await visit(page, '/throughput?range=all');
    await mark();
    const before = await figure(/^Events recorded/);

    // The supervisor brings it back within seconds: kill it again until the page has noticed.
    const first = pidOf(product, 'engine');
    let noticed = false;
    const killing = (async () => {
      while (!noticed) {
        const pid = pidOf(product, 'engine');
        if (isAlive(pid)) process.kill(pid, 'SIGKILL');
        await new Promise((resolve) => setTimeout(resolve, 100));
      }
    })();
    try {
      await page.getByRole('button', { name: /^Source down/ }).waitFor();
      expect(await figure(/^Events recorded/)).toBe(before);
      // Asking anew in the meantime: the page says that nothing is known.
      const other = await context.newPage();
      await other.goto('/throughput?range=7d');
      await other.locator('[data-state="source_down"]').first().waitFor();
      expect(await other.locator('main tbody tr').count()).toBe(0);
      noticed = true;
      await killing;
      await other.getByRole('button', { name: 'Try again' }).first().waitFor();
      await expect.poll(() => other.locator('[data-state="source_down"]').count(), PATIENT).toBe(0);
      await other.close();
    } finally {
      noticed = true;
      await killing;
    }

    await expect.poll(() => page.getByRole('button', { name: /^(Live|Stale)/ }).count(), PATIENT).toBe(1);
    await expect.poll(() => page.locator('[data-state="stale"], [data-state="source_down"]').count(), PATIENT).toBe(0);
    expect(pidOf(product, 'engine')).not.toBe(first);
    expect(await figure(/^Events recorded/)).toBeGreaterThanOrEqual(before);
    expect(await sameLoad()).toBe(true);

    await publishReceipts(1);
    await expect.poll(() => figure(/^Events recorded/), PATIENT).toBeGreaterThan(before);
  });
});
