import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { contextAs, loaded, openBrowser, PATIENCE_MS, PHONE, troubles, visit, watch } from '../support/browser';
import { faint, nameless, skippedLevels } from './looks';
import { ask, firstRows } from './pages';

const product = inject('product');
const PATIENT = { timeout: PATIENCE_MS };
/** Looks, three seconds apart, at which the list has to stay as it is: longer than the keeper rests between two runs. */
const CALM = 7;
let browser: Browser;
let context: BrowserContext;
let page: Page;
let problems: string[];

beforeAll(async () => {
  browser = await openBrowser();
  context = await contextAs(browser, product.origin, 'supply');
  page = await context.newPage();
  problems = watch(page);
  // The keeper has been through the log: while a history comes in, what is found is settled again by what comes next.
  const known = async () => (await ask<{ total: number }>(context.request, 'exceptions.summary', { filters: { range: 'all' } })).data?.total ?? 0;
  for (let until = Date.now() + 150_000, before = 0, calm = 0; calm < CALM && Date.now() < until; ) {
    const total = await known();
    calm = total > 20 && Math.abs(total - before) <= 1 ? calm + 1 : 0;
    before = total;
    await new Promise((resolve) => setTimeout(resolve, 3_000));
  }
}, 180_000);
afterAll(() => browser?.close());

const worklist = () => page.locator('section').filter({ has: page.getByRole('heading', { level: 2, name: 'Work list', exact: true }) });
const drawer = () => page.getByRole('dialog', { name: 'Exception' });
const total = async () => Number((/of ([\d,]+)$/.exec(await worklist().getByText(/^[\d,]+ to [\d,]+ of [\d,]+$/).innerText())?.[1] ?? '').replaceAll(',', ''));

describe('the work list', () => {
  it('opens one line from the keyboard, and it is acted on', async () => {
    // What has been due longest: what is barely late may come while the test runs, and the facts then settle it.
    const rows = await firstRows(context.request, 'exceptions.all', { kind: 'overdue-stage', state: 'open' }, 500);
    const [row] = rows.sort((a, b) => Number(b.age_ms) - Number(a.age_ms));
    await visit(page, `/exceptions?kind=overdue-stage&q=${encodeURIComponent(String(row?.object_id))}`);
    await worklist().locator('tbody tr').first().focus();
    await page.keyboard.press('Enter');
    await page.waitForURL((url) => url.searchParams.has('open') && url.searchParams.get('kind') === 'overdue-stage');
    await drawer().getByText('Nobody has done anything about it yet.').waitFor();
    expect(await nameless(page)).toEqual([]);
    expect(await skippedLevels(page)).toEqual([]);
    expect(await faint(page, 4.5)).toEqual([]);

    await drawer().getByLabel('Comment').fill('asked the supplier');
    await drawer().getByRole('button', { name: 'Take it myself' }).click();
    await expect.poll(() => drawer().innerText(), PATIENT).toMatch(/You assigned it to you[\s\S]*asked the supplier/);
    await drawer().getByRole('button', { name: 'Resolve' }).click();
    await expect.poll(() => drawer().innerText(), PATIENT).toMatch(/You resolved it/);
    await drawer().getByRole('link', { name: 'Open its chain' }).waitFor();

    // Reopened by hand, it is in the list again.
    await drawer().getByRole('button', { name: 'Reopen' }).click();
    await expect.poll(() => drawer().innerText(), PATIENT).toMatch(/You reopened it/);
    await page.keyboard.press('Escape');
    await page.waitForURL((url) => !url.searchParams.has('open'));
    await expect.poll(() => worklist().locator('tbody').innerText(), PATIENT).toContain('Reopened');
    expect(await troubles(page)).toEqual([]);
  });

  it('tells the second of two what the first did', async () => {
    const [row] = await firstRows(context.request, 'exceptions.all', { kind: 'invoice-mismatch', state: 'open' });
    await visit(page, `/exceptions?kind=invoice-mismatch&q=${encodeURIComponent(String(row?.object_id))}`);
    // The page keeps still, as one that somebody has left open.
    await page.getByRole('button', { name: /^Live|^Stale/ }).first().click();
    await worklist().locator('tbody tr').first().locator('td').nth(2).click();
    await drawer().getByText('Nobody has done anything about it yet.').waitFor();
    const other = await contextAs(browser, product.origin, 'engineer');
    const done = await other.request.post('/api/trpc/exceptions.act', { data: { json: { key: row?.key, revision: 0, act: { action: 'acknowledge' } } } });
    expect(done.status()).toBe(200);
    await other.close();
    await drawer().getByRole('button', { name: 'Resolve' }).click();
    await expect.poll(() => drawer().getByRole('alert').innerText(), PATIENT).toMatch(/Integration engineer \(simulation\) acknowledged it first/);
    await expect.poll(() => drawer().innerText(), PATIENT).toMatch(/Integration engineer \(simulation\) acknowledged it ·/);
  });

  it('acts on all of the filter, after saying how many', async () => {
    const summary = await ask<{ kinds: { kind: string; count: number }[] }>(context.request, 'exceptions.summary', { filters: { range: 'all' }, state: 'open' });
    const kind = summary.data?.kinds[0]?.kind ?? '';
    await visit(page, `/exceptions?kind=${kind}&state=open`);
    const before = await total();
    expect(before).toBeGreaterThan(1);
    await page.getByRole('button', { name: /^Act on all [\d,]+$/ }).click();
    const modal = page.getByRole('dialog', { name: 'Act on all of the filter' });
    await modal.getByLabel('Comment').fill('all with the supplier');
    const go = modal.getByRole('button', { name: /^Acknowledge [\d,]+ exceptions$/ });
    await go.waitFor();
    expect(Math.abs(Number(/[\d,]+/.exec(await go.innerText())?.[0]?.replaceAll(',', '')) - before)).toBeLessThanOrEqual(5);
    await go.click();
    await modal.getByText(/^[\d,]+ exceptions done/).waitFor();
    await modal.getByRole('button', { name: 'Close', exact: true }).last().click();
    await visit(page, `/exceptions?kind=${kind}&state=acknowledged`);
    await expect.poll(total, PATIENT).toBeGreaterThanOrEqual(before - 5);
  });

  it('keeps filters under a name, for one person, and as a link for all', async () => {
    await visit(page, '/exceptions?severity=high');
    await page.getByLabel('Kind', { exact: true }).and(page.locator('input:visible')).click();
    await page.getByRole('option', { name: 'Invoice mismatch' }).click();
    await page.waitForURL((url) => url.searchParams.get('kind') === 'invoice-mismatch');
    await page.getByRole('button', { name: 'Views' }).click();
    const views = page.getByRole('dialog', { name: 'Views' });
    await views.getByLabel('Save these filters as').fill('Severe mismatches');
    await views.getByRole('button', { name: 'Save', exact: true }).click();
    await views.getByRole('button', { name: 'Severe mismatches', exact: true }).waitFor();
    await visit(page, '/exceptions');
    await page.getByRole('button', { name: 'Views' }).click();
    await views.getByRole('button', { name: 'Severe mismatches', exact: true }).click();
    await page.waitForURL((url) => url.searchParams.get('kind') === 'invoice-mismatch' && url.searchParams.get('severity') === 'high');
    await loaded(page);
    // Another person has views of their own, and the link shows them the same filter.
    const other = await contextAs(browser, product.origin, 'engineer');
    expect((await ask<unknown[]>(other.request, 'exceptions.views')).data).toEqual([]);
    const theirs = await other.newPage();
    await visit(theirs, new URL(page.url()).pathname + new URL(page.url()).search);
    await theirs.getByRole('heading', { level: 2, name: 'Work list' }).waitFor();
    await other.close();
    await page.getByRole('button', { name: 'Views' }).click();
    await views.getByRole('button', { name: 'Remove the view Severe mismatches' }).click();
    await views.getByText('No saved view yet').waitFor();
  });

  it('is whole on a phone', async () => {
    const phone = await contextAs(browser, product.origin, 'supply', { viewport: PHONE, colorScheme: 'dark' });
    const small = await phone.newPage();
    await visit(small, '/exceptions?kind=overdue-stage');
    const wide = await small.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
    expect(wide).toBeLessThanOrEqual(0);
    await small.locator('tbody tr').first().locator('td').nth(1).click();
    await small.getByRole('dialog', { name: 'Exception' }).getByText('What was done').waitFor();
    expect(await faint(small, 4.5)).toEqual([]);
    await phone.close();
  });
});

describe('the RACI page', () => {
  it('shows the table in force with its version, and whom it makes the owner', async () => {
    await visit(page, '/raci?type=invoice-mismatch');
    const main = () => page.locator('main').innerText();
    await expect.poll(main, PATIENT).toMatch(/raci-1[\s\S]*the defaults; the rules file changes nothing/);
    await expect.poll(main, PATIENT).toMatch(/Invoice mismatch[\s\S]*finance/);
    const [row] = await firstRows(context.request, 'exceptions.all', { kind: 'invoice-mismatch' });
    expect(row?.owner).toBe('finance');
    expect(problems.filter((problem) => !/409|CONFLICT/i.test(problem))).toEqual([]);
  });
});
