import type { Store } from '@/clickhouse/client';
import type { clockParams } from '@/clickhouse/queries/lineage-chains';
import { lineageTotals, stagesSent } from '@/clickhouse/queries/lineage-completeness';
import type { lineageFlow } from '@/clickhouse/queries/lineage-flow';
import { bounds } from '../filters';
import { remembered } from '../remembered';
import Decimal from 'decimal.js';
import type { z } from 'zod';
import { stageClocks } from '../rules/clocks';

/** Lineage completeness, for the flow page and the SLA report. */

export type Clocks = z.input<z.ZodObject<typeof clockParams>>;

const DAY = 86_400_000;
/** How far back it is judged: long enough for the slowest flow. */
const SENT_DAYS = 400;

/** What a facility sends changes with its interfaces, not with its events: nobody need wait for it to be reckoned anew. */
const sentKept = remembered<string[]>({ freshMs: 60_000, staleMs: 600_000 });

/**
 * The moment that clocks are read at: now while events arrive, else (an imported history) the last event's, since
 * nothing that happened later could have been recorded.
 */
export async function clockNow(store: Store, now = new Date()): Promise<Date> {
  const span = await bounds({ store });
  return span && now.getTime() - span.last.getTime() > 7 * DAY ? span.last : now;
}

/** Parameters of the stage clocks as of `now` (default: clockNow). */
export async function clocksAt(store: Store, now?: Date, limits = stageClocks()): Promise<Clocks> {
  const moment = now ?? (await clockNow(store));
  return {
    now: moment,
    order_days: limits.order,
    acknowledgement_days: limits.acknowledgement,
    promise_slack_days: limits.promise_slack,
    receipt_days: limits.receipt,
    invoice_days: limits.invoice,
    posting_days: limits.posting,
    sent: await sentStages(store, moment, limits.sent_share),
  };
}

/** Of the day of `now`. */
function sentStages(store: Store, now: Date, share: number): Promise<string[]> {
  return sentKept(store, `${now.toISOString().slice(0, 10)} ${share}`, async () => (await stagesSent(store, { from: new Date(now.getTime() - SENT_DAYS * DAY), share })).map((row) => row.sent));
}

export interface CompletenessByValue {
  currency: string;
  /** Decimal strings: value of complete chains, and of closed chains that could be judged. */
  complete: string;
  closed: string;
  /** complete ÷ closed, null for nothing closed. */
  ratio: string | null;
}

export interface Completeness {
  /** Closed chains with every required stage. */
  complete: number;
  /** Closed chains that could be judged: the denominator. */
  closed: number;
  /** complete ÷ closed, 0…1 as a decimal string; null without a closed chain. */
  ratio: string | null;
  /** Closed chains of which nothing says what they require (no flow type); outside numerator and denominator. */
  notEvaluable: number;
  open: number;
  chains: number;
  /** Per currency; a network that buys in several has no one value. Chains without a price are in no value. */
  byValue: CompletenessByValue[];
  unpriced: number;
  /** The moment that the clocks were read at. */
  asOf: Date;
}

/** Chains of one flow type and currency. */
export type TotalsRow = Awaited<ReturnType<typeof lineageTotals>>[number];
export type FlowRow = Awaited<ReturnType<typeof lineageFlow>>[number];

export const ratioOf = (part: Decimal.Value, whole: Decimal.Value): string | null =>
  new Decimal(whole).isZero() ? null : new Decimal(part).div(whole).toDecimalPlaces(6).toString();

/**
 * Completeness of the chains that began in [from, to) at some facilities (empty: all).
 *
 * @param now the moment that clocks are read at; default as in clockNow
 */
export async function lineageCompleteness(
  store: Store,
  span: { from: Date; to: Date; facilities: string[] },
  now?: Date,
): Promise<Completeness> {
  const clocks = await clocksAt(store, now);
  return completenessOf(await lineageTotals(store, { ...span, ...clocks }), clocks.now);
}

export function completenessOf(rows: readonly TotalsRow[], asOf: Date): Completeness {
  const sum = (of: (row: TotalsRow) => number) => rows.reduce((total, row) => total + of(row), 0);
  const complete = sum((row) => row.complete);
  const closed = complete + sum((row) => row.incomplete);
  const values = new Map<string, { complete: Decimal; closed: Decimal }>();
  for (const row of rows) {
    if (row.complete_value === null && row.incomplete_value === null) continue;
    const own = values.get(row.currency) ?? { complete: new Decimal(0), closed: new Decimal(0) };
    own.complete = own.complete.plus(row.complete_value ?? 0);
    own.closed = own.closed.plus(row.complete_value ?? 0).plus(row.incomplete_value ?? 0);
    values.set(row.currency, own);
  }
  return {
    complete,
    closed,
    ratio: ratioOf(complete, closed),
    notEvaluable: sum((row) => row.unjudged),
    open: sum((row) => row.chains - row.closed),
    chains: sum((row) => row.chains),
    byValue: [...values]
      .sort((a, b) => b[1].closed.comparedTo(a[1].closed))
      .map(([currency, value]) => ({ currency, complete: value.complete.toString(), closed: value.closed.toString(), ratio: ratioOf(value.complete, value.closed) })),
    unpriced: sum((row) => row.unpriced),
    asOf,
  };
}

/** Totals as the flow query gives them, one row per flow type, currency and verdict. */
export function totalsOfFlow(rows: readonly FlowRow[]): TotalsRow[] {
  return rows
    .filter((row) => row.stage === 'chain')
    .map((row) => ({
      flow_type: row.flow, currency: row.currency, chains: row.chains, unpriced: row.unpriced, value: row.value,
      closed: row.state === 'open' ? 0 : row.chains,
      complete: row.state === 'complete' ? row.chains : 0,
      incomplete: row.state === 'incomplete' ? row.chains : 0,
      unjudged: row.state === 'unjudged' ? row.chains : 0,
      complete_value: row.state === 'complete' ? row.value : null,
      incomplete_value: row.state === 'incomplete' ? row.value : null,
    }));
}
