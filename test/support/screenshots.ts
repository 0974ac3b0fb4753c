// Writes the README's pictures: node server/run/exec.mjs test/support/screenshots.ts
// Starts the product with a small simulated network, or takes the one at the address given.
import { mkdirSync, statSync } from 'node:fs';
import path from 'node:path';
import type { Page } from 'playwright-core';
import { contextAs, openBrowser, visit } from './browser';
import { runProduct } from './product';
import { ROOT } from './start';

const FOLDER = path.join(ROOT, 'docs', 'images');
const MOST_BYTES = 300_000;

interface Picture {
  name: string;
  path: (page: Page) => Promise<string>;
  height: number;
}

const PICTURES: readonly Picture[] = [
  { name: 'overview', path: () => Promise.resolve('/?range=all'), height: 860 },
  { name: 'chain', path: chainOfInvoice, height: 900 },
  { name: 'invoices', path: () => Promise.resolve('/invoices?range=all'), height: 900 },
];

/** The chain of an order line that came as far as the ledger. */
async function chainOfInvoice(page: Page): Promise<string> {
  const input = { json: { list: 'lineage.orders', input: { filters: { range: 'all' }, chainState: 'posted', flow: 'three-way' }, page: 1, pageSize: 1 } };
  const answer = await page.request.get(`/api/trpc/list.page?input=${encodeURIComponent(JSON.stringify(input))}`);
  const body = (await answer.json()) as { result?: { data?: { json?: { rows?: { id?: string }[] } } } };
  const id = body.result?.data?.json?.rows?.[0]?.id;
  if (!id) throw new Error(`There is no posted order line to show (${answer.status()}).`);
  return `/lineage/order-line/${encodeURIComponent(id)}?range=all`;
}

async function main(): Promise<void> {
  mkdirSync(FOLDER, { recursive: true });
  const given = process.argv[2];
  // Beside a running product its settings are in this process's environment; the pictures' own must not meet them.
  const product = given ? { origin: given, stop: () => Promise.resolve() } : await runProduct();
  const browser = await openBrowser();
  try {
    for (const { name, path: address, height } of PICTURES) {
      const context = await contextAs(browser, product.origin, 'administrator', { colorScheme: 'light', viewport: { width: 1280, height } });
      const page = await context.newPage();
      await visit(page, await address(page));
      // Charts and the graph lay themselves out after their data has come.
      await page.waitForLoadState('networkidle', { timeout: 5_000 }).catch(() => undefined);
      const file = path.join(FOLDER, `${name}.png`);
      await page.screenshot({ path: file, animations: 'disabled' });
      const bytes = statSync(file).size;
      process.stdout.write(`${path.relative(ROOT, file)}: ${bytes} bytes${bytes > MOST_BYTES ? ', more than a README should load' : ''}\n`);
      await context.close();
    }
  } finally {
    await browser.close();
    await product.stop();
  }
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
