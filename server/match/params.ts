import { receiptsAsOf, receiptsNow } from '@/clickhouse/queries/receipts';
import { workOutReceipts } from '@/clickhouse/receipts-as-of';
import type { MatchParams } from '@/clickhouse/queries/match';
import { bounds, facilities, type Resolved } from '../filters';
import { remembered } from '../remembered';
import { matchParams } from '../rules/match';
import type { SignedIn } from '../trpc/init';

/** What every match query takes: the page's span and facilities, the rules in force, and each facility's own zone. */
export async function matchQuery(ctx: SignedIn, { from, to, facilityList, zone }: Pick<Resolved, 'from' | 'to' | 'facilityList' | 'zone'>): Promise<MatchParams> {
  const places = await facilities(ctx);
  return { ...matchParams(), from, to, facilities: facilityList, zone, zones: Object.fromEntries(places.map((place) => [place.id, place.zone])) };
}

/** An instant that lies behind what is recorded is worked out once for all pages and lists of it, and anew after a minute: something may have come late. */
const moments = remembered<string>({ freshMs: 60_000 });

/** The statements that say what was open of receipts at the end of a range, and what they take: read from what is kept, unless events lie behind that end. */
export async function receiptsAt(ctx: SignedIn, filters: Pick<Resolved, 'from' | 'to' | 'facilityList' | 'zone'>) {
  const [params, span] = await Promise.all([matchQuery(ctx, filters), bounds(ctx)]);
  if (!span || filters.to > span.last) return { queries: receiptsNow, params: { ...params, moment: '' } };
  const { from: _from, facilities: _facilities, ...rules } = params;
  const moment = await moments(ctx.store, JSON.stringify(rules), () => workOutReceipts(ctx.store, rules, params.to));
  return { queries: receiptsAsOf, params: { ...params, moment } };
}
