import { z } from 'zod';
import { insertRows } from '@/clickhouse/client';
import { savedViews } from '@/clickhouse/queries/exceptions-kept';
import { refusal } from '../trpc/errors';
import type { SignedIn } from '../trpc/init';

/** Filters that a person has given a name. A view is its address: whoever gets the link sees the same filter. */

export const PAGES_WITH_VIEWS = ['exceptions'] as const;
export const viewInput = z.object({
  page: z.enum(PAGES_WITH_VIEWS),
  name: z.string().trim().min(1, 'A view needs a name.').max(80),
});
/** Filters as they stand in the address, without `?`. */
export const queryText = z.string().max(2_000).regex(/^[^\s#?]*$/, { error: 'This is no query of an address.' });
const MOST = 100;

export function viewsOf(ctx: SignedIn, page: (typeof PAGES_WITH_VIEWS)[number]) {
  return savedViews(ctx.store, { person: ctx.viewer.id, page });
}

/** Saves a view under a name; one of that name is replaced. */
export async function saveView(ctx: SignedIn, { page, name, query }: z.output<typeof viewInput> & { query: string }): Promise<void> {
  const known = await viewsOf(ctx, page);
  if (known.length >= MOST && !known.some((view) => view.name === name)) throw refusal('bad_input', `You have ${MOST} views already: remove one first.`);
  await insertRows(ctx.store, 'saved_views', [{ person: ctx.viewer.id, page, name, query, removed: 0, updated_at: new Date().toISOString() }]);
}

export async function removeView(ctx: SignedIn, { page, name }: z.output<typeof viewInput>): Promise<void> {
  await insertRows(ctx.store, 'saved_views', [{ person: ctx.viewer.id, page, name, query: '', removed: 1, updated_at: new Date().toISOString() }]);
}
