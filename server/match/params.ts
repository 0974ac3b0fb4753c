import { receiptsAsOf, receiptsNow } from '@/clickhouse/queries/receipts';
import type { MatchParams } from '@/clickhouse/queries/match';
import { bounds, facilities, type Resolved } from '../filters';
import { matchParams } from '../rules/match';
import type { SignedIn } from '../trpc/init';

/** What every match query takes: the page's span and facilities, the rules in force, and each facility's own zone. */
export async function matchQuery(ctx: SignedIn, { from, to, facilityList, zone }: Pick<Resolved, 'from' | 'to' | 'facilityList' | 'zone'>): Promise<MatchParams> {
  const places = await facilities(ctx);
  return { ...matchParams(), from, to, facilities: facilityList, zone, zones: Object.fromEntries(places.map((place) => [place.id, place.zone])) };
}

/** The statements that say what was open at the end of a range: read from the last run, unless events lie behind that end. */
export async function receiptQueries(ctx: SignedIn, { to }: Pick<Resolved, 'to'>): Promise<typeof receiptsNow> {
  const span = await bounds(ctx);
  return span && to <= span.last ? receiptsAsOf : receiptsNow;
}
