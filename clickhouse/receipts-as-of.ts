import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { Store } from './client';
import { OVERLAP_MS } from './match-news';
import { Work } from './match-run';
import { matchedAsOf, ORDERS_AT_ONCE, ruleShape, type MatchRules } from './matches';
import { FACT_STAGES, OVER_STAGE } from './queries/match';
import { EVERYTHING, FACTS, firsts, LOT, NEEDED } from './queries/match-scope';
import { AS_OF_SCOPE, WRITE_OPEN_AS_OF, WRITE_OVER_AS_OF } from './queries/receipts-as-of';

/**
 * What was open of receipts at a past instant. The last run of the match says it of every order on which nothing happened
 * since; the others, and those that are open now, are matched once more from what had happened by then, as a run does it.
 */

/** What had happened by then. */
const UNTIL = `${FACTS} WHERE time < {as_of:DateTime64(3, 'UTC')}`;
const [FIRST = [], ...LATER] = FACT_STAGES;
const STAGES = [FIRST.map((stage) => ({ ...stage, sql: UNTIL })), ...LATER, [OVER_STAGE]];

/**
 * Works it out into `receipts_as_of`, where it stays for an hour.
 *
 * @param to only what happened before it counts
 * @returns the name that the rows stand under
 */
export async function workOutReceipts(store: Store, rules: MatchRules, to: Date): Promise<string> {
  const moment = randomUUID();
  const matched = await matchedAsOf(store);
  const work = new Work(store, Date.now(), { ...z.object(ruleShape).parse(rules), as_of: to, moment, matched: new Date((matched?.at.getTime() ?? 0) - OVERLAP_MS) }, undefined, `${moment.replaceAll('-', '')}_`);
  try {
    await work.table('match_all', 'kind String, id String');
    await work.begun('match_all');
    for (const sql of matched ? AS_OF_SCOPE : EVERYTHING) await work.command('as_of_scope', `INSERT INTO match_all (kind, id) ${sql}`);
    const lots = (await work.count('match_all', "kind = 'order'")) <= ORDERS_AT_ONCE ? [''] : (await work.select<{ id: string }>('lots', firsts("SELECT DISTINCT id FROM match_all WHERE kind = 'order'", ORDERS_AT_ONCE))).map(({ id }) => id);
    for (const [n, from] of lots.entries()) {
      await work.stage({ name: 'match_scope', sql: LOT }, { from: n === 0 ? '' : from, to: lots[n + 1] ?? '', documents: n === 0 ? 1 : 0 });
      await work.table('match_documents', 'document_type String, document_id String');
      for (const sql of NEEDED) await work.command('documents', `INSERT INTO match_documents ${sql}`);
      for (const at of STAGES) for (const stage of at) await work.stage(stage);
      await work.command('write_as_of', WRITE_OPEN_AS_OF);
      await work.command('write_as_of', WRITE_OVER_AS_OF);
      await work.drop(['match_scope', 'match_documents', ...STAGES.flat().map(({ name }) => name)]);
    }
    await work.stillThere('match_all');
  } finally {
    await work.drop();
  }
  return moment;
}
