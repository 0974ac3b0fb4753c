import { z } from 'zod';
import type { Resolved } from '../filters';
import { clockNow } from '../lineage/completeness';
import { stageClocks } from '../rules/clocks';
import type { SignedIn } from '../trpc/init';

/** Narrows what was used on cases; empty: every one. */
export const caseChoice = {
  case: z.string().max(300).default(''), procedure: z.string().max(100).default(''), service: z.string().max(100).default(''), item: z.string().max(200).default(''),
};

/** Amounts are rounded to cents on their way through the ledger. */
const TOLERANCE = '0.01';

/** Parameters of every question about cases: what was used, and the posting clock. */
export async function caseParams(ctx: SignedIn, { from, to, facilityList }: Pick<Resolved, 'from' | 'to' | 'facilityList'>) {
  return { from, to, facilities: facilityList, now: await clockNow(ctx.store), posting_days: stageClocks().posting, tolerance: TOLERANCE };
}
