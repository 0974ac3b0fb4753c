import type { ChainRow } from '@/clickhouse/queries/lineage-completeness';
import { BILLED_FLOWS, MATCHED_FLOWS } from '@/clickhouse/queries/lineage-chain-facts';
import { STAGES, type ChainFactRow, type Stage } from '@/clickhouse/queries/lineage-chains';
import type { Clocks } from './completeness';

/**
 * The verdict on one chain over its facts: what `judged` in clickhouse/queries/lineage-chains.ts says in SQL of many at
 * once. The engine takes longer to plan that statement than a whole chain takes to read, so a page that shows one chain
 * has its facts judged here; test/integration/verdict.test.ts holds the two to each other.
 */

const DAY_SECONDS = 86_400;

/** Stages that can be wanting, in their order: what is shipped is news and never required. */
type JudgedStage = Exclude<Stage, 'shipment'>;
const JUDGED = STAGES.filter((stage): stage is JudgedStage => stage !== 'shipment');
const FROM_LAST = [...STAGES].reverse();
/** Stages with a clock of their own. */
const CLOCKED = ['order', 'acknowledgement', 'receipt', 'invoice', 'posting'] as const;
/** What stands worst comes first. */
const GAPS = ['overdue', 'orphan', 'awaited', 'unknown'] as const;

/** @param facts as chainFacts gives them, times in ISO 8601 */
export function verdictOn(facts: ChainFactRow, clocks: Clocks): ChainRow {
  const { flow_known, cancelled, order_from, acknowledgement_from, receipt_from, is_promised, invoice_from, posting_from, ...given } = facts;
  const now = clocks.now.getTime();
  const sends = (stage: string) => clocks.sent.includes(`${stage}|${facts.facility}|${facts.flow_type}`);
  const sent = { usage: BILLED_FLOWS.includes(facts.flow_type) && sends('usage'), requisition: MATCHED_FLOWS.includes(facts.flow_type) && sends('requisition'), acknowledgement: sends('acknowledgement') };

  const dues = {
    order: due(order_from, clocks.order_days), acknowledgement: due(acknowledgement_from, clocks.acknowledgement_days),
    receipt: due(receipt_from, is_promised ? clocks.promise_slack_days : clocks.receipt_days), invoice: due(invoice_from, clocks.invoice_days), posting: due(posting_from, clocks.posting_days),
  };
  const late = (stage: (typeof CLOCKED)[number]): string => {
    const at = dues[stage];
    return facts[stage] === 'awaited' && at !== null && Date.parse(at) < now ? 'overdue' : facts[stage];
  };
  const states: Record<JudgedStage, string> = {
    usage: facts.usage === 'unknown' && !sent.usage ? 'none' : facts.usage,
    requisition: facts.requisition === 'unknown' && !sent.requisition ? 'none' : facts.requisition,
    order: late('order'), acknowledgement: facts.acknowledgement === 'awaited' && !sent.acknowledgement ? 'none' : late('acknowledgement'),
    receipt: late('receipt'), invoice: late('invoice'), posting: late('posting'),
  };

  // A named document that never came is not held against a chain whose facility does not send documents of that stage at all.
  const spared = (stage: JudgedStage) => facts.anchor === 'order-line' && (stage === 'usage' || stage === 'requisition') && !sent[stage];
  const judged = JUDGED.map((stage) => (spared(stage) && states[stage] !== 'present' ? 'none' : states[stage]));
  const allThere = judged.every((state) => state === 'present' || state === 'none');
  const gap = GAPS.find((state) => judged.includes(state)) ?? 'none';
  const gapStage = gap === 'none' ? '' : (JUDGED[judged.indexOf(gap)] ?? '');
  const state = states.posting === 'present' ? 'posted' : cancelled ? 'cancelled' : allThere ? 'filled' : judged.includes('overdue') ? 'overdue' : 'open';
  const incomplete = judged.includes('overdue') || judged.includes('orphan') || Boolean(flow_known);
  const all = { ...states, shipment: facts.shipment };
  return {
    ...given, ...states,
    order_due: dues.order, acknowledgement_due: dues.acknowledgement, receipt_due: dues.receipt, invoice_due: dues.invoice, posting_due: dues.posting,
    chain_state: state, closed: state === 'open' ? 0 : 1,
    complete: state === 'open' ? null : allThere ? 1 : incomplete ? 0 : null,
    gap, gap_stage: gapStage, gap_due: (CLOCKED as readonly string[]).includes(gapStage) ? dues[gapStage as (typeof CLOCKED)[number]] : null,
    reached: FROM_LAST.find((stage) => all[stage] === 'present') ?? '',
    reached_at: facts.posting_at ?? facts.invoice_at ?? facts.receipt_at ?? facts.shipment_at ?? facts.acknowledgement_at ?? facts.order_at ?? facts.usage_at ?? facts.started_at,
    age_ms: Math.max(0, now - Date.parse(facts.started_at)),
  };
}

/** When a clock runs out that has run since `from` (null: it does not run), to the whole second of its limit. */
function due(from: string | null, days: number): string | null {
  return from === null ? null : new Date(Date.parse(from) + Math.trunc(days * DAY_SECONDS) * 1_000).toISOString();
}
