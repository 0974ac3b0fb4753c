import { randomInt } from 'node:crypto';
import { z } from 'zod';
import { NarrowTheRange, StoreUnavailable } from './errors';
import type { Store } from './client';
import { identifier } from './engine/statement';
import { workTable } from './left-behind';
import { factsOfEvents } from './queries/lineage-as-of';
import { chainFacts, FACTS_NEEDED, type Reach } from './queries/lineage-chain-facts';
import { ANCHORS, clockParams, judged } from './queries/lineage-chains';

/**
 * Completeness of a range as it was known at a past moment, worked out anew from the log: the events that had been recorded
 * by then, the links that were known then, the clocks of then. Days frozen at their end say the same quickly; this says it
 * for any moment and any range.
 */

/** Documents of a chain that lie before the range: the requisition, the usage. */
const BACK_MS = 120 * 86_400_000;
const SECONDS = 60;
const MOST_FACTS = 5_000_000;

const asked = z.object({ ...clockParams, from: z.date(), to: z.date(), facilities: z.array(z.string()) });

/** Chains of one flow type and currency; values are decimal strings. */
export interface KnownTotals {
  flow_type: string;
  currency: string;
  chains: number;
  closed: number;
  complete: number;
  incomplete: number;
  unjudged: number;
  unpriced: number;
  value: string | null;
  complete_value: string | null;
  incomplete_value: string | null;
}

const KNOWN = "{now:DateTime64(3, 'UTC')}";
const IN_SPAN = "started_at >= {from:DateTime64(3, 'UTC')} AND started_at < {to:DateTime64(3, 'UTC')} AND (empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)})";

function reachOf(facts: string): Reach {
  return {
    lines: '1', wholes: '1', documents: '1',
    given: { rows: facts },
    anchors: () => IN_SPAN,
    links: (type) => `node_type = '${type}' AND links.recorded_at <= ${KNOWN} AND node_id IN (SELECT arrayJoin([object_id, document_id]) FROM ${facts})`,
  };
}

/**
 * @param params `now` is the moment: what was recorded later is not known, and clocks are read then
 * @returns totals per flow type and currency of the chains that had begun in [from, to)
 * @throws NarrowTheRange where the range holds too much
 */
export async function completenessKnown(store: Store, params: z.input<typeof asked>): Promise<KnownTotals[]> {
  const bound = { ...asked.parse(params), back: new Date(params.from.getTime() - BACK_MS) };
  const settings = { max_execution_time: SECONDS };
  // A name of its own: several people may ask at once. One that is left behind goes as all tables of work do.
  const facts = identifier(workTable('chain', Date.now(), `_known_${randomInt(1_000_000)}`));
  const columns = FACTS_NEEDED.join(', ');
  await store.command(`CREATE TABLE ${facts} ENGINE = Memory AS SELECT ${columns} FROM document_lines LIMIT 0`, {}, { name: 'completeness_known_create' });
  try {
    await store.command(
      `INSERT INTO ${facts} SELECT ${columns} FROM (${factsOfEvents(`time >= {back:DateTime64(3, 'UTC')} AND time <= ${KNOWN} + INTERVAL 1 DAY AND recorded_at <= ${KNOWN}`)})
       ORDER BY rank DESC LIMIT 1 BY document_type, document_id, line_id, aspect LIMIT ${MOST_FACTS}`, bound, { name: 'completeness_known_facts', settings },
    );
    const sizeNow = async () => (await store.select<{ n: number }>(`SELECT count() AS n FROM ${facts}`, {}, { name: 'completeness_known_size' }))[0]?.n ?? 0;
    const size = await sizeNow();
    if (size >= MOST_FACTS) throw new NarrowTheRange('completeness_known', 'This range holds more than can be worked out at once: narrow the range.');
    const chains = judged(`SELECT * FROM (${chainFacts(reachOf(facts), ANCHORS)})
      WHERE NOT (anchor = 'order-line' AND \`order\` = 'orphan' AND id IN (
        SELECT object_id FROM document_lines WHERE document_type = 'order' AND aspect IN ('created', 'sent') AND time < {back:DateTime64(3, 'UTC')}))`);
    const found = await store.select<KnownTotals>(
      `SELECT flow_type, currency, count() AS chains, countIf(chain.closed) AS closed, countIf(chain.complete = 1) AS complete, countIf(chain.complete = 0) AS incomplete,
         countIf(chain.closed AND chain.complete IS NULL) AS unjudged, countIf(chain.value IS NULL) AS unpriced, sum(chain.value) AS value,
         sumIf(chain.value, chain.complete = 1) AS complete_value, sumIf(chain.value, chain.complete = 0) AS incomplete_value
       FROM (${chains}) AS chain GROUP BY flow_type, currency ORDER BY chains DESC, flow_type, currency`,
      bound, { name: 'completeness_known', settings },
    );
    // The facts stand in memory: a store that was restarted meanwhile has forgotten them.
    if ((await sizeNow()) !== size) throw new StoreUnavailable('completeness_known', 'The store was restarted meanwhile: ask again.');
    return found;
  } finally {
    await store.command(`DROP TABLE IF EXISTS ${facts} SYNC`, {}, { name: 'completeness_known_drop' });
  }
}
