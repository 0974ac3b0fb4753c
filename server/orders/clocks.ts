import type { Store } from '@/clickhouse/client';
import { acknowledgingSuppliers } from '@/clickhouse/queries/orders';
import { clockNow } from '../lineage/completeness';
import { remembered } from '../remembered';
import { stageClocks } from '../rules/clocks';

/** The clocks of open order lines. An acknowledgement is waited for where the supplier sends them: an 855 is the supplier's own. */

const DAY_MS = 86_400_000;
/** Far enough back that a supplier of few orders is known. */
const LOOK_BACK_DAYS = 120;
/** What a supplier sends changes with its interfaces, not with its events. */
const answeringKept = remembered<string[]>({ freshMs: 60_000, staleMs: 600_000 });

export async function orderClocks(store: Store, given?: Date) {
  const now = given ?? (await clockNow(store));
  return { now, answering: await answeringAt(store, now), acknowledgement_days: stageClocks().acknowledgement, promise_slack_days: stageClocks().promise_slack };
}

/** Of the day of `now`. */
function answeringAt(store: Store, now: Date): Promise<string[]> {
  return answeringKept(store, now.toISOString().slice(0, 10), async () => {
    // What was ordered lately may still be answered in time.
    const to = new Date(now.getTime() - stageClocks().acknowledgement * DAY_MS);
    return (await acknowledgingSuppliers(store, { from: new Date(to.getTime() - LOOK_BACK_DAYS * DAY_MS), to, share: stageClocks().sent_share })).map((row) => row.supplier);
  });
}
