import Decimal from 'decimal.js';
import { accrualRollForward, type AccrualMonth } from '@/clickhouse/queries/accruals';
import type { Resolved } from '../filters';
import { matchQuery } from '../match/params';
import type { SignedIn } from '../trpc/init';

/** A month of one currency; `difference` is what was posted less what the receipts added. */
export interface AccrualRow extends Record<string, string> {
  /** First day, YYYY-MM-DD. */
  month: string;
  currency: string;
  opening: string;
  added: string;
  cleared: string;
  closing: string;
  posted: string;
  difference: string;
}

/** Months that are shown at least, the range's last one included. */
const MONTHS_SHOWN = 6;

/** A day, YYYY-MM-DD, of an instant in a zone. */
const dayIn = (at: Date, zone: string): string => new Intl.DateTimeFormat('en-CA', { timeZone: zone, dateStyle: 'short' }).format(at);
/** The last day that a range touches. */
export const lastDay = ({ to }: Pick<Resolved, 'to'>, zone: string): string => dayIn(new Date(to.getTime() - 1), zone);
const monthsOn = (month: string, by: number): string => new Date(Date.UTC(Number(month.slice(0, 4)), Number(month.slice(5, 7)) - 1 + by, 1)).toISOString().slice(0, 10);

/**
 * Months without a hole: one in which nothing moved opens and closes with what the one before it left. Each currency
 * begins with its first month.
 *
 * @param moved what `accrualRollForward` gives from the beginning on: by currency and month
 * @param from first month shown, `to` the last
 */
export function rollForward(moved: readonly AccrualMonth[], from: string, to: string): AccrualRow[] {
  const rows: AccrualRow[] = [];
  for (const currency of [...new Set(moved.map((row) => row.currency))].sort()) {
    const own = new Map(moved.filter((row) => row.currency === currency).map((row) => [row.month, row]));
    let closing = '0';
    for (let month = [...own.keys()].sort()[0] ?? to; month <= to; month = monthsOn(month, 1)) {
      const row = own.get(month) ?? { month, currency, opening: closing, added: '0', cleared: '0', closing, posted: '0' };
      closing = row.closing;
      if (month >= from) rows.push({ ...row, difference: new Decimal(row.posted).minus(row.added).toFixed() });
    }
  }
  return rows;
}

/** The months that the range touches, six at least, by currency. */
export async function accrualMonths(ctx: SignedIn, filters: Resolved): Promise<AccrualRow[]> {
  const { facilities, zones, zone } = await matchQuery(ctx, filters);
  const last = lastDay(filters, zone);
  const to = `${last.slice(0, 7)}-01`;
  const touched = `${dayIn(filters.from, zone).slice(0, 7)}-01`;
  const shown = monthsOn(to, 1 - MONTHS_SHOWN);
  return rollForward(await accrualRollForward(ctx.store, { from: '1970-01-01', to: last, facilities, zones, zone }), touched < shown ? touched : shown, to);
}
