import type { MatchParams } from '@/clickhouse/queries/match';
import { facilities, type Resolved } from '../filters';
import { matchParams } from '../rules/match';
import type { SignedIn } from '../trpc/init';

/** What every match query takes: the page's span and facilities, the rules in force, and each facility's own zone. */
export async function matchQuery(ctx: SignedIn, { from, to, facilityList, zone }: Pick<Resolved, 'from' | 'to' | 'facilityList' | 'zone'>): Promise<MatchParams> {
  const places = await facilities(ctx);
  return { ...matchParams(), from, to, facilities: facilityList, zone, zones: Object.fromEntries(places.map((place) => [place.id, place.zone])) };
}
