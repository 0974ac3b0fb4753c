import { z } from 'zod';
import { facilities, type Resolved } from '../filters';
import { clockNow } from '../lineage/completeness';
import { stageClocks } from '../rules/clocks';
import type { SignedIn } from '../trpc/init';

/** Narrows what was used on cases; empty: every one. */
export const caseChoice = {
  case: z.string().max(300).default(''), procedure: z.string().max(100).default(''), service: z.string().max(100).default(''), item: z.string().max(200).default(''),
};

/** Amounts are rounded to cents on their way through the ledger. */
const TOLERANCE = '0.01';

/** Parameters of every question about cases: the posting clock, and each facility's zone for the day that a price holds on. */
export async function caseParams(ctx: SignedIn, { from, to, facilityList, zone }: Pick<Resolved, 'from' | 'to' | 'facilityList' | 'zone'>) {
  const [places, now] = await Promise.all([facilities(ctx), clockNow(ctx.store)]);
  return { from, to, facilities: facilityList, zone, zones: Object.fromEntries(places.map((place) => [place.id, place.zone])), now, posting_days: stageClocks().posting, tolerance: TOLERANCE };
}
