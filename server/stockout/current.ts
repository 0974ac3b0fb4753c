import type { Store } from '@/clickhouse/client';
import { env } from '../env';
import { bounds } from '../filters';
import { stockoutSettings } from '../rules/stockout';
import { assessStockout, type StockoutLine } from './assess';

/** How long one assessment serves everyone who asks: it reads weeks of history, which do not change by the second. */
const KEEP_MS = 20_000;

interface Kept {
  at: Date;
  lines: Promise<StockoutLine[]>;
}
const stores = new WeakMap<Store, Map<string, Kept>>();

/** The instant up to which stock is judged: now while the log lives, else its last event (an import of history). */
export async function stockoutAsOf(ctx: { store: Store }): Promise<Date> {
  const span = await bounds(ctx);
  const now = new Date();
  if (!span) return now;
  const last = span.last.getTime() + 1;
  return now.getTime() - last < 7 * 86_400_000 ? now : new Date(last);
}

/** The forecast of every item and location of these facilities (empty: all), worst first. */
export async function currentStockout(ctx: { store: Store }, facilities: string[]): Promise<{ at: Date; lines: StockoutLine[] }> {
  const name = [...facilities].sort().join('\0');
  const kept = stores.get(ctx.store) ?? new Map<string, Kept>();
  stores.set(ctx.store, kept);
  const known = kept.get(name);
  if (known && Date.now() - known.at.getTime() < KEEP_MS) return { at: known.at, lines: await known.lines };
  const at = await stockoutAsOf(ctx);
  const mine: Kept = { at: new Date(), lines: assessStockout(ctx.store, at, facilities, env().THROUGHLINE_ZONE, stockoutSettings()) };
  kept.set(name, mine);
  // A failure is told to whoever asked and not kept; few different scopes are ever asked for, but a bound is a bound.
  mine.lines.catch(() => kept.get(name) === mine && kept.delete(name));
  if (kept.size > 50) kept.delete(kept.keys().next().value ?? '');
  return { at, lines: await mine.lines };
}
