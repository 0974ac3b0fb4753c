import { insertRows, type Store } from '@/clickhouse/client';
import { stockoutLines, stockoutRun, type StockoutLine } from '@/clickhouse/queries/stockout-kept';
import { bounds } from '../filters';
import { inTurns } from '../in-turns';
import { stockoutSettings } from '../rules/stockout';
import { assessStockout } from './assess';

/** Keeps the stockout forecast up with the log and the clock: a run draws every place and writes what differs from what is kept. */

const DAY_MS = 86_400_000;
const IMPORTED_MS = 7 * DAY_MS;
/** Demand and lead times are learned from weeks; a balance that has just changed may wait this long. */
const EVERY_MS = 20_000;
const EVERYWHERE = { facilities: [], state: '', location: '', item: '' };

export interface StockoutRun {
  lines: number;
  /** Lines that were written, those that went among them. */
  changed: number;
  tookMs: number;
}

/** The instant up to which stock is judged: now while the log lives, else its last event (an import of history). */
async function judgedAt(store: Store): Promise<Date> {
  const span = await bounds({ store });
  const now = new Date();
  if (!span) return now;
  const last = span.last.getTime() + 1;
  return now.getTime() - last < IMPORTED_MS ? now : new Date(last);
}

const placeOf = (line: Pick<StockoutLine, 'facility' | 'location' | 'item'>): string => `${line.facility}\0${line.location}\0${line.item}`;

/**
 * One run.
 * @param zone of facilities whose master data names none
 * @param now default: the present, or the end of an imported history
 */
export async function refreshStockout(store: Store, zone: string, now?: Date): Promise<StockoutRun> {
  const began = Date.now();
  const [last] = await stockoutRun(store, {});
  const run = Math.max(began, (last?.run ?? 0) + 1);
  const at = now ?? (await judgedAt(store));
  const before = new Map<string, StockoutLine>();
  for await (const line of stockoutLines.stream(store, EVERYWHERE)) before.set(placeOf(line), line);
  const lines = await assessStockout(store, at, [], zone, stockoutSettings());
  const changed: StockoutLine[] = [];
  const found = new Set<string>();
  await inTurns(store, lines, (line) => {
    const place = placeOf(line);
    found.add(place);
    if (!same(line, before.get(place))) changed.push(line);
  });
  const gone = [...before.values()].filter((line) => !found.has(placeOf(line)));
  const rows = [...changed.map((line) => ({ ...line, known_at: storedTime(line.known_at), run, gone: 0 })), ...gone.map((line) => ({ ...line, known_at: storedTime(line.known_at), run, gone: 1 }))];
  if (rows.length > 0) await insertRows(store, 'stockout_lines', rows);
  const tookMs = Date.now() - began;
  await insertRows(store, 'stockout_runs', [{ run, at: storedTime(at.toISOString()), lines: lines.length, changed: rows.length, took_ms: tookMs }]);
  return { lines: lines.length, changed: rows.length, tookMs };
}

const storedTime = (iso: string): string => iso.replace('T', ' ').replace('Z', '');

/** Equal in everything that is kept. */
function same(line: StockoutLine, kept: StockoutLine | undefined): boolean {
  return kept !== undefined && (Object.keys(kept) as (keyof StockoutLine)[]).every((key) => JSON.stringify(kept[key]) === JSON.stringify(line[key]));
}

/** For the keeper: a run every twenty seconds at most. */
export function stockoutKeeper(store: Store, zone: string): () => Promise<StockoutRun | null> {
  let ranAt = 0;
  return async () => {
    if (Date.now() - ranAt < EVERY_MS) return null;
    const run = await refreshStockout(store, zone);
    ranAt = Date.now();
    return run;
  };
}
