// One product for all files of this folder: starting it is dear. While writing tests, E2E_PRODUCT may
// name the folder (with start.log and data) of one that runs already.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { runProduct, settingsOf, type Product } from '../support/product';

declare module 'vitest' {
  export interface ProvidedContext {
    product: Product;
  }
}

/** Rules of which a later version tolerates no other price: it judges every line a second time, beside the one in force. */
const RULES = `match:
  versions:
    - { from: "2099-01-01", name: strict, price_upper: { percent: "0", absolute: "0" }, price_lower: { percent: "0", absolute: "0" } }
`;

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const running = process.env.E2E_PRODUCT;
  if (running) {
    const data = path.join(running, 'data');
    const log = path.join(running, 'start.log');
    const { NEXTAUTH_URL: origin = '' } = settingsOf({ origin: '', data, log });
    project.provide('product', { origin, data, log });
    return undefined;
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'throughline-rules-'));
  const rules = path.join(folder, 'rules.yaml');
  writeFileSync(rules, RULES);
  const { stop, ...product } = await runProduct({ THROUGHLINE_RULES: rules });
  project.provide('product', product);
  return async () => {
    await stop();
    rmSync(folder, { recursive: true });
  };
}
