import { parse } from 'csv-parse/sync';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { contextAs, loaded, openBrowser, PATIENCE_MS, visit } from '../support/browser';
import { ask, PAGES } from './pages';

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

const table = (title: string): Locator => page.locator('section').filter({ has: page.getByRole('heading', { level: 2, name: title, exact: true }) });

/** "1 to 25 of 1,234" below a table. */
async function total(section: Locator): Promise<number> {
  const text = await section.getByText(/^[\d,]+ to [\d,]+ of [\d,]+$/).innerText();
  return Number(/of ([\d,]+)$/.exec(text)?.[1]?.replaceAll(',', ''));
}

/** The value on a figure's card. */
async function figure(label: string): Promise<string> {
  const card = page.locator('main .tl-card').filter({ has: page.getByText(label, { exact: true }) }).first();
  return (await card.innerText()).split('\n').filter((line) => line.trim() !== '')[1] ?? '';
}

const count = (figureText: string): number => Number(figureText.replaceAll(',', ''));

const times = (section: Locator): Promise<string[]> =>
  section.locator('tbody tr td:first-child time').evaluateAll((all) => all.map((time) => (time as HTMLTimeElement).dateTime));

describe('range and facility', () => {
  it('stand in the address, change the figures, and survive a reload and a link', async () => {
    await visit(page, '/throughput?range=all');
    const all = await figure('Events recorded');
    expect(all).toMatch(/^\d{1,3}(,\d{3})+$/);

    await page.getByRole('button', { name: /^Time range/ }).click();
    await page.getByRole('button', { name: 'Last 7 days' }).click();
    await page.waitForURL((url) => url.searchParams.get('range') === '7d');
    await expect.poll(() => figure('Events recorded'), PATIENT).not.toBe(all);
    await loaded(page);
    const week = await figure('Events recorded');
    expect(count(week)).toBeLessThan(count(all));

    await page.getByLabel('Facility', { exact: true }).and(page.locator('input:visible')).click();
    await page.getByRole('option').nth(1).click();
    await page.waitForURL((url) => url.searchParams.get('facility') !== null);
    const { searchParams } = new URL(page.url());
    expect(searchParams.get('range')).toBe('7d');
    await expect.poll(() => figure('Events recorded'), PATIENT).not.toBe(week);
    await loaded(page);
    const there = count(await figure('Events recorded'));
    // The last seven days slide on between two looks, and the network lives.
    const nearby = async () => Math.abs(count(await figure('Events recorded')) - there) <= 50;
    expect(there + 50).toBeLessThan(count(week));
    // The router follows the address in a transition of its own, and writes it again at its end; links have it then.
    const alerts = page.getByRole('navigation', { name: 'Pages' }).getByRole('link', { name: 'Alerts' });
    await expect.poll(() => alerts.getAttribute('href'), PATIENT).toContain('facility=');
    await page.waitForURL((url) => url.searchParams.get('facility') !== null);

    await page.reload();
    await loaded(page);
    expect(new URL(page.url()).searchParams.toString()).toBe(searchParams.toString());
    await expect.poll(nearby, PATIENT).toBe(true);
    await alerts.click();
    await page.waitForURL((url) => url.pathname === '/alerts');
    expect(new URL(page.url()).searchParams.get('range')).toBe('7d');
    expect(new URL(page.url()).searchParams.get('facility')).toBe(searchParams.get('facility'));

    await page.goBack();
    await loaded(page);
    expect(new URL(page.url()).pathname).toBe('/throughput');
    await expect.poll(nearby, PATIENT).toBe(true);
  });

  it('are said to be unreadable when an edited link makes no sense', async () => {
    const answer = await ask(context.request, 'throughput.activity', { filters: { from: '2026-02-01T00:00:00Z', to: '2026-01-01T00:00:00Z' } });
    expect(answer.status).toBe(400);
  });
});

describe('a table', () => {
  it('sorts both ways, in the address', async () => {
    await visit(page, '/throughput?range=all');
    const events = table('Events');
    const header = events.getByRole('button', { name: /^Time/ });
    await header.click();
    await page.waitForURL((url) => url.searchParams.get('ev.sort') === 'time');
    const first = new URL(page.url()).searchParams.get('ev.desc') === 'true';
    const ends = new Map<boolean, string | undefined>();
    const inOrder = async (falling: boolean) => {
      const found = await times(events);
      const sorted = [...found].sort();
      // Many events share a minute, so a page may hold one time only; the two orders must still begin at two ends.
      ends.set(falling, found[0]);
      return found.length > 1 && found.join() === (falling ? sorted.reverse() : sorted).join() && ends.get(true) !== ends.get(false);
    };
    await expect.poll(() => inOrder(first), PATIENT).toBe(true);
    await header.click();
    await page.waitForURL((url) => (url.searchParams.get('ev.desc') === 'true') !== first);
    await expect.poll(() => inOrder(!first), PATIENT).toBe(true);
  });

  it('pages, in the address, and keeps the page after a reload', async () => {
    await visit(page, '/throughput?range=all&ev.sort=time');
    const events = table('Events');
    const before = await times(events);
    await events.getByRole('button', { name: 'next page' }).click();
    await page.waitForURL((url) => url.searchParams.get('ev.page') === '2');
    await events.getByText(/^26 to 50 of/).waitFor();
    // Until the next page has come, the rows of the one before stay.
    const follows = async () => {
      const [first] = await times(events);
      return first !== undefined && first !== before[0] && first >= (before.at(-1) ?? '');
    };
    await expect.poll(follows, PATIENT).toBe(true);
    expect((await times(events)).length).toBe(25);
    await page.reload();
    await loaded(page);
    await events.getByText(/^26 to 50 of/).waitFor();
  });

  it('downloads what its CSV button says', async () => {
    await visit(page, '/throughput?range=all');
    const download = page.waitForEvent('download');
    await table('Interfaces').getByRole('link', { name: 'CSV' }).click();
    const file = await download;
    expect(file.suggestedFilename()).toMatch(/^throughput\.interfaces-\d{4}-\d\d-\d\d\.csv$/);
    expect(await file.failure()).toBeNull();
  });

  it('opens its row from the keyboard alone', async () => {
    await visit(page, '/throughput?range=all');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toContain('Skip to the page');
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('content');
    const onRow = () => page.evaluate(() => document.activeElement?.matches('#events tbody tr') ?? false);
    for (let presses = 0; presses < 150 && !(await onRow()); presses++) await page.keyboard.press('Tab');
    expect(await onRow()).toBe(true);
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.pathname.startsWith('/lineage/'));
    await loaded(page);
    expect(new URL(page.url()).searchParams.get('range')).toBe('all');
  });
});

describe('the CSV of', () => {
  it.each(PAGES.filter((each) => each.list))('$path holds all of the filter, not the page that is shown', async ({ path }) => {
    await visit(page, `${path}?range=all`);
    const sections = page.locator('section:has(a[download])');
    expect(await sections.count()).toBeGreaterThan(0);
    let filled = 0;
    for (const section of await sections.all()) {
      // A list may be empty here (nothing in it is wrong); its file then holds the header alone.
      const empty = (await section.locator('[data-state="empty"]').count()) > 0;
      const href = (await section.getByRole('link', { name: 'CSV' }).getAttribute('href')) ?? '';
      // New events go on arriving while this looks.
      await expect
        .poll(async () => {
          const answer = await context.request.get(href);
          const rows = parse(await answer.text(), { bom: true });
          const shown = empty ? 0 : await total(section);
          return rows.length - 1 - shown;
        }, PATIENT)
        .toBe(0);
      if (!empty) filled += 1;
    }
    expect(filled).toBeGreaterThan(0);
  });
});
