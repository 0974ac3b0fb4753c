import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { can, ROLES, type Role } from '../../server/auth/roles';
import { LISTS } from '../../server/lists';
import { contextAs, openBrowser } from '../support/browser';
import { ALL, ask, chainPath, PAGES, postedOrderLine } from './pages';

const product = inject('product');
let browser: Browser;

beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser?.close());

const exportOf = (name: string, input: Record<string, unknown> = {}) =>
  `/api/export/${name}?input=${encodeURIComponent(JSON.stringify({ filters: ALL, ...input }))}`;

describe.each<Role>([...ROLES])('the role %s', (role) => {
  let context: BrowserContext;
  let page: Page;

  beforeAll(async () => {
    context = await contextAs(browser, product.origin, role);
    page = await context.newPage();
  });
  afterAll(() => context?.close());

  it.each(PAGES)('$path', async ({ path, heading, roles, procedure, list }) => {
    const allowed = roles.includes(role);
    await page.goto(path);
    const title = page.getByRole('heading', { level: 1 });
    await title.first().waitFor();
    expect(await title.allInnerTexts()).toEqual([allowed ? expect.stringMatching(heading) : 'Not for your role']);
    const links = page.getByRole('navigation', { name: 'Pages' }).locator(`a[href^="${path}"]`);
    const hrefs = await links.evaluateAll((all) => all.map((link) => new URL((link as HTMLAnchorElement).href).pathname));
    expect(hrefs.includes(path), 'in the navigation').toBe(allowed);

    const input = procedure.noFilters ? undefined : { filters: ALL, ...procedure.input };
    expect((await ask(context.request, procedure.name, input)).status, procedure.name).toBe(allowed ? 200 : 403);
    if (list) expect((await context.request.get(exportOf(list.name, list.input))).status(), list.name).toBe(allowed ? 200 : 403);
  });

  it('is refused every list outside its scopes, shown or exported', async () => {
    const refused = [...LISTS.values()].filter((list) => !can(role, list.scope));
    for (const { name } of refused) {
      expect((await context.request.get(exportOf(name))).status(), name).toBe(403);
      const { status } = await ask(context.request, 'list.page', { list: name, input: { filters: ALL }, page: 1, pageSize: 25 });
      expect(status, name).toBe(403);
    }
  });

  it('sees chains', async () => {
    const id = await postedOrderLine(context.request);
    await page.goto(chainPath('order-line', id));
    await page.getByRole('heading', { level: 1 }).filter({ hasText: id.split('/')[0] ?? id }).waitFor();
  });

  it(role === 'executive' ? 'may not open payloads' : 'may open payloads', async () => {
    const answer = await context.request.post('/api/trpc/lineage.payload', {
      data: { json: { eventKey: '00000000-0000-4000-8000-000000000000', time: '2026-01-01T00:00:00.000Z' } },
    });
    // Allowed to ask, but there is no such event.
    expect(answer.status()).toBe(role === 'executive' ? 403 : 404);
  });
});

describe('a stranger', () => {
  it('is answered nothing', async () => {
    const context = await contextAs(browser, product.origin, null);
    for (const { procedure } of PAGES) {
      const input = procedure.noFilters ? undefined : { filters: ALL, ...procedure.input };
      expect((await ask(context.request, procedure.name, input)).status, procedure.name).toBe(401);
    }
    for (const name of LISTS.keys()) expect((await context.request.get(exportOf(name))).status(), name).toBe(401);
    await context.close();
  });
});
