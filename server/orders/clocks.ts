import type { Store } from '@/clickhouse/client';
import { acknowledgingSuppliers } from '@/clickhouse/queries/orders';
import { clockNow } from '../lineage/completeness';
import { stageClocks } from '../rules/clocks';

/** The clocks of open order lines. An acknowledgement is waited for where the supplier sends them: an 855 is the supplier's own. */

const DAY_MS = 86_400_000;
/** Far enough back that a supplier of few orders is known. */
const LOOK_BACK_DAYS = 120;
/** What a supplier sends changes with its interfaces, not with its events. */
const KEPT_MS = 60_000;
const remembered = new WeakMap<Store, { at: number; now: number; answering: Promise<string[]> }>();

export async function orderClocks(store: Store, given?: Date) {
  const now = given ?? (await clockNow(store));
  return { now, answering: await answeringAt(store, now), acknowledgement_days: stageClocks().acknowledgement, promise_slack_days: stageClocks().promise_slack };
}

function answeringAt(store: Store, now: Date): Promise<string[]> {
  const known = remembered.get(store);
  if (known && Date.now() - known.at < KEPT_MS && Math.abs(known.now - now.getTime()) < DAY_MS) return known.answering;
  // What was ordered lately may still be answered in time.
  const to = new Date(now.getTime() - stageClocks().acknowledgement * DAY_MS);
  const answering = acknowledgingSuppliers(store, { from: new Date(to.getTime() - LOOK_BACK_DAYS * DAY_MS), to, share: stageClocks().sent_share }).then((rows) => rows.map((row) => row.supplier));
  remembered.set(store, { at: Date.now(), now: now.getTime(), answering });
  answering.catch(() => remembered.delete(store));
  return answering;
}
