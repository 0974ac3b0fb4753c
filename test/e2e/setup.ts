// One product for all files of this folder: starting it is dear. While writing tests, E2E_PRODUCT may
// name the folder (with start.log and data) of one that runs already.
import path from 'node:path';
import type { TestProject } from 'vitest/node';
import { runProduct, settingsOf, type Product } from '../support/product';

declare module 'vitest' {
  export interface ProvidedContext {
    product: Product;
  }
}

export default async function setup(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  const running = process.env.E2E_PRODUCT;
  if (running) {
    const data = path.join(running, 'data');
    const log = path.join(running, 'start.log');
    const { NEXTAUTH_URL: origin = '' } = settingsOf({ origin: '', data, log });
    project.provide('product', { origin, data, log });
    return undefined;
  }
  const { stop, ...product } = await runProduct();
  project.provide('product', product);
  return stop;
}
