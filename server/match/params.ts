import type { Store } from '@/clickhouse/client';
import { receiptsAsOf, receiptsNow } from '@/clickhouse/queries/receipts';
import { workOutReceipts } from '@/clickhouse/receipts-as-of';
import type { MatchParams } from '@/clickhouse/queries/match';
import { bounds, facilities, type Resolved } from '../filters';
import { matchParams } from '../rules/match';
import type { SignedIn } from '../trpc/init';

/** What every match query takes: the page's span and facilities, the rules in force, and each facility's own zone. */
export async function matchQuery(ctx: SignedIn, { from, to, facilityList, zone }: Pick<Resolved, 'from' | 'to' | 'facilityList' | 'zone'>): Promise<MatchParams> {
  const places = await facilities(ctx);
  return { ...matchParams(), from, to, facilities: facilityList, zone, zones: Object.fromEntries(places.map((place) => [place.id, place.zone])) };
}

/** An instant that lies behind what is recorded is worked out once for all pages and lists of it, and anew after this long: something may have come late. */
const KEPT_MS = 60_000;
const remembered = new WeakMap<Store, Map<string, { until: number; moment: Promise<string> }>>();

function momentOf(store: Store, params: MatchParams): Promise<string> {
  const ofStore = remembered.get(store) ?? new Map<string, { until: number; moment: Promise<string> }>();
  remembered.set(store, ofStore);
  for (const [key, { until }] of ofStore) if (until < Date.now()) ofStore.delete(key);
  const { from: _from, facilities: _facilities, ...rules } = params;
  const key = JSON.stringify(rules);
  const known = ofStore.get(key);
  if (known) return known.moment;
  const moment = workOutReceipts(store, rules, params.to);
  ofStore.set(key, { until: Date.now() + KEPT_MS, moment });
  moment.catch(() => ofStore.delete(key));
  return moment;
}

/** The statements that say what was open of receipts at the end of a range, and what they take: read from what is kept, unless events lie behind that end. */
export async function receiptsAt(ctx: SignedIn, filters: Pick<Resolved, 'from' | 'to' | 'facilityList' | 'zone'>) {
  const [params, span] = await Promise.all([matchQuery(ctx, filters), bounds(ctx)]);
  if (!span || filters.to > span.last) return { queries: receiptsNow, params: { ...params, moment: '' } };
  return { queries: receiptsAsOf, params: { ...params, moment: await momentOf(ctx.store, params) } };
}
