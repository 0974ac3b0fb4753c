import type { Store } from '@/clickhouse/client';
import { usualTimes } from '@/clickhouse/queries/lineage-flow';

/** How long the stages of a chain usually take, from what chains like it took. */

const DAY = 86_400_000;
const DAYS = 90;
/** Fewer chains say nothing of what is usual: the next wider kind is asked. */
const ENOUGH = 20;

export interface UsualTime {
  stage: string;
  /** Milliseconds: half of the chains within the first, nine in ten within the second. */
  p50: number;
  p90: number;
  chains: number;
  /** What chains they are: of this facility and supplier, of this facility, or of the flow type anywhere. */
  of: 'own' | 'place' | 'flow';
}

/** The stages of order lines of a flow type, over the 90 days before `now`; a stage that too few chains have reached is left out. */
export async function usualOf(store: Store, chain: { facility: string; supplier: string; flow: string }, now: Date): Promise<UsualTime[]> {
  const rows = await usualTimes(store, { ...chain, from: new Date(now.getTime() - DAYS * DAY), to: now });
  return rows.flatMap((row) => {
    for (const width of ['own', 'place', 'flow'] as const) {
      const [p50, p90] = row[`${width}_times`];
      if (row[width] >= ENOUGH && p50 !== null && p50 !== undefined && p90 !== null && p90 !== undefined) return [{ stage: row.stage, p50, p90, chains: row[width], of: width }];
    }
    return [];
  });
}
