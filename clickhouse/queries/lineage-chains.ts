import { z } from 'zod';
import { BILLED, FACT_COLUMNS, MATCHED, type Reach } from './lineage-chain-facts';

/**
 * Where every chain stands: its stages, its gaps, whether it is closed and whether it is complete.
 * One statement says it for the flow page, the SLA figure and the work list, over the chains that clickhouse/chains.ts
 * keeps. A page that shows one chain reads its facts by key and has them judged by server/lineage/verdict.ts; a test
 * holds the two verdicts to each other.
 *
 * A chain is counted at its anchor:
 * - an order line, also one that other documents name and that never came itself;
 * - a usage line of flow type stock, or one that an order should bill and none does;
 * - a requisition line for which there is no order.
 *
 * It starts with the first event of its anchor's documents and belongs to the range that this falls in.
 */

/** Stages of a chain in their order, as they are called in columns and links. */
export const STAGES = ['usage', 'requisition', 'order', 'acknowledgement', 'shipment', 'receipt', 'invoice', 'posting'] as const;
export type Stage = (typeof STAGES)[number];

/**
 * - `present`: its document has come and was not taken back
 * - `awaited`: required, and its clock still runs or has not started
 * - `overdue`: required, and its clock ran out
 * - `orphan`: something names a document of this stage that never came
 * - `unknown`: required, and nothing says
 * - `none`: not there and not required
 */
export const STAGE_STATES = ['present', 'awaited', 'overdue', 'orphan', 'unknown', 'none'] as const;
export type StageState = (typeof STAGE_STATES)[number];

/**
 * - `posted`, `filled` (a consignment fill has nothing to post): every required stage is there, or it is posted
 * - `cancelled`: cancelled, rejected or taken back with nothing left to follow
 * - `overdue`: closed with a required stage missing
 * - `open`: still on its way
 */
export const CHAIN_STATES = ['posted', 'filled', 'cancelled', 'overdue', 'open'] as const;
export type ChainState = (typeof CHAIN_STATES)[number];

export const ANCHORS = ['order-line', 'usage', 'requisition-line'] as const;
export type Anchor = (typeof ANCHORS)[number];

/** The moment that clocks are read at, their limits in days, and which stages a facility sends. See server/rules/clocks.ts. */
export const clockParams = {
  now: z.date(),
  order_days: z.number(),
  acknowledgement_days: z.number(),
  promise_slack_days: z.number(),
  receipt_days: z.number(),
  invoice_days: z.number(),
  posting_days: z.number(),
  /** `stage|facility|flow type` for each that the facility's interfaces send; see stagesSent. */
  sent: z.array(z.string()),
} as const;

const days = (limit: string) => `toInt64({${limit}:Float64} * 86400)`;
const sends = (stage: string) => `concat('${stage}|', facility, '|', flow_type) IN {sent:Array(String)}`;
/** When a stage whose clock runs is due. */
export const DUE = {
  order: `addSeconds(order_from, ${days('order_days')})`, acknowledgement: `addSeconds(acknowledgement_from, ${days('acknowledgement_days')})`,
  receipt: `addSeconds(receipt_from, if(is_promised, ${days('promise_slack_days')}, ${days('receipt_days')}))`,
  invoice: `addSeconds(invoice_from, ${days('invoice_days')})`, posting: `addSeconds(posting_from, ${days('posting_days')})`,
} as const;
const late = (stage: string) => `if(fact_${stage} = 'awaited' AND ifNull(${stage}_due < {now:DateTime64(3, 'UTC')}, 0), 'overdue', fact_${stage})`;

export const NO_TIME = "CAST(NULL AS Nullable(DateTime64(3, 'UTC')))";

const JUDGED = STAGES.filter((stage) => stage !== 'shipment');
const STAGE_NAMES = `[${STAGES.map((stage) => `'${stage}'`).join(', ')}]`;
const JUDGED_NAMES = `[${JUDGED.map((stage) => `'${stage}'`).join(', ')}]`;

const GIVEN = `anchor, id, facility, supplier, item, flow_type, started_at,
  usage, requisition, \`order\`, acknowledgement, shipment, receipt, invoice, posting,
  usage_at, order_at, acknowledgement_at, shipment_at, receipt_at, invoice_at, posting_at,
  order_due, acknowledgement_due, receipt_due, invoice_due, posting_due, acknowledgement_code, posting_failed, order_failed, quantity, uom, currency, value`;

/**
 * Chains with their verdict, of rows as chainFacts gives them. `complete` is NULL for a chain that is not closed, and
 * where nothing says (no flow type): such a chain stays out of completeness and is counted beside it. A named document
 * that never came is not held against a chain whose facility does not send documents of that stage at all (`spared`).
 *
 * @param beside further columns of the facts that are given as they are; each begins with a comma
 */
export function judged(facts: string, beside = ''): string {
  // Level by level: an alias used several times in one SELECT is planned as often as it is used.
  return `
  SELECT ${GIVEN}${beside}, chain_state, chain_state != 'open' AS closed,
    multiIf(chain_state = 'open', NULL, all_there, 1, has(judged, 'overdue') OR has(judged, 'orphan') OR flow_known, 0, NULL) AS complete,
    gap, gap_stage, [order_due, acknowledgement_due, receipt_due, invoice_due, posting_due][indexOf(['order', 'acknowledgement', 'receipt', 'invoice', 'posting'], gap_stage)] AS gap_due,
    reached, coalesce(posting_at, invoice_at, receipt_at, shipment_at, acknowledgement_at, order_at, usage_at, started_at) AS reached_at,
    greatest(0, dateDiff('millisecond', started_at, {now:DateTime64(3, 'UTC')})) AS age_ms
  FROM (
    SELECT *, multiIf(posting = 'present', 'posted', cancelled, 'cancelled', all_there, 'filled', has(judged, 'overdue'), 'overdue', 'open') AS chain_state,
      if(gap = 'none', '', ${JUDGED_NAMES}[indexOf(judged, gap)]) AS gap_stage
    FROM (
      SELECT *, NOT arrayExists(state -> state NOT IN ('present', 'none'), judged) AS all_there,
        arrayFirst(state -> state = 'none' OR has(judged, state), ['overdue', 'orphan', 'awaited', 'unknown', 'none']) AS gap
      FROM (
        SELECT *,
          arrayMap((state, stage) -> if(has(spared, stage) AND state != 'present', 'none', state), [usage, requisition, \`order\`, acknowledgement, receipt, invoice, posting], ${JUDGED_NAMES}) AS judged,
          arrayFirst((stage, state) -> state = 'present', arrayReverse(${STAGE_NAMES}), [posting, invoice, receipt, shipment, acknowledgement, \`order\`, requisition, usage]) AS reached
        FROM (
          SELECT anchor, id, facility, supplier, item, flow_type, started_at, flow_known, cancelled,
            if(anchor = 'order-line', arrayFilter(stage -> stage != '', [if(sends_usage, '', 'usage'), if(sends_requisition, '', 'requisition')]), []) AS spared,
            if(fact_usage = 'unknown' AND NOT sends_usage, 'none', fact_usage) AS usage, if(fact_requisition = 'unknown' AND NOT sends_requisition, 'none', fact_requisition) AS requisition,
            ${late('order')} AS \`order\`,
            if(fact_acknowledgement = 'awaited' AND NOT sends_acknowledgement, 'none', ${late('acknowledgement')}) AS acknowledgement, shipment,
            ${(['receipt', 'invoice', 'posting'] as const).map((stage) => `${late(stage)} AS ${stage}`).join(', ')},
            usage_at, order_at, acknowledgement_at, shipment_at, receipt_at, invoice_at, posting_at, order_due, acknowledgement_due, receipt_due, invoice_due, posting_due,
            acknowledgement_code, posting_failed, order_failed, quantity, uom, currency, value${beside}
          FROM (
            SELECT * EXCEPT (usage, requisition, \`order\`, acknowledgement, receipt, invoice, posting), usage AS fact_usage, requisition AS fact_requisition, \`order\` AS fact_order,
              acknowledgement AS fact_acknowledgement, receipt AS fact_receipt, invoice AS fact_invoice, posting AS fact_posting,
              flow_type IN ${BILLED} AND ${sends('usage')} AS sends_usage, flow_type IN ${MATCHED} AND ${sends('requisition')} AS sends_requisition, ${sends('acknowledgement')} AS sends_acknowledgement,
              ${Object.entries(DUE).map(([stage, due]) => `${due} AS ${stage}_due`).join(', ')}
            FROM (${facts})
          )
        )
      )
    )
  )`;
}

/**
 * The stages that are there in the order in which they came, each as its time in milliseconds and its place among STAGES in one
 * number: `time * 16 + place`. Whole numbers are sorted ten times as fast as names by their times.
 *
 * @param untimed whether a stage without a time counts too, before all others
 */
export const steps = (untimed: boolean): string => `arraySort(arrayFilter(step -> step > ${untimed ? 0 : 15}, [${STAGES.map(
  (stage, i) => `if(\`${stage}\` = 'present', ${stage === 'requisition' ? '0' : `ifNull(toUnixTimestamp64Milli(${stage}_at), 0) * 16`} + ${i + 1}, 0)`,
).join(', ')}]))`;
const PLACES = `[${STAGES.map((stage) => `'${stage}'`).join(', ')}]`;
export const stageOfStep = (step: string): string => `${PLACES}[bitAnd(${step}, 15)]`;
export const timeOfStep = (step: string): string => `intDiv(${step}, 16)`;
/** Of steps, such as `order>receipt>invoice`. */
export const pathOfSteps = (of: string): string => `arrayStringConcat(arrayMap(step -> ${stageOfStep('step')}, ${of}), '>')`;
export const PATH = pathOfSteps(steps(true));

/** Facts of a chain in JSON, by FACT_COLUMNS. */
export const chainFactRow = z.object({
  anchor: z.string(), id: z.string(), facility: z.string(), supplier: z.string(), item: z.string(), flow_type: z.string(), started_at: z.string(), flow_known: z.number(), cancelled: z.number(),
  usage: z.string(), requisition: z.string(), order: z.string(), acknowledgement: z.string(), shipment: z.string(), receipt: z.string(), invoice: z.string(), posting: z.string(),
  usage_at: z.string().nullable(), order_at: z.string().nullable(), acknowledgement_at: z.string().nullable(), shipment_at: z.string().nullable(),
  receipt_at: z.string().nullable(), invoice_at: z.string().nullable(), posting_at: z.string().nullable(),
  order_from: z.string().nullable(), acknowledgement_from: z.string().nullable(), receipt_from: z.string().nullable(), is_promised: z.number(), invoice_from: z.string().nullable(), posting_from: z.string().nullable(),
  acknowledgement_code: z.string(), posting_failed: z.number(), order_failed: z.number(), quantity: z.string().nullable(), uom: z.string(), currency: z.string(), value: z.string().nullable(),
});
export type ChainFactRow = z.infer<typeof chainFactRow>;

const KEPT = (from: string) => `
  SELECT ${FACT_COLUMNS} FROM chains FINAL
  WHERE started_day >= toDate({${from}:DateTime64(3, 'UTC')}) AND started_day <= toDate({to:DateTime64(3, 'UTC')}) AND NOT gone
    AND started_at >= {${from}:DateTime64(3, 'UTC')} AND started_at < {to:DateTime64(3, 'UTC')} AND (empty({facilities:Array(String)}) OR facility IN {facilities:Array(String)})`;

/**
 * The chains that began in [{from}, {to}) at {facilities}, as they were last kept, with their verdict at {now}. FINAL: of
 * several runs the newest row holds; the key begins with the day, so no more than the range is merged.
 */
export function keptChains(anchors: readonly Anchor[] = ANCHORS, from = 'from'): string {
  return judged(anchors.length === ANCHORS.length ? KEPT(from) : `${KEPT(from)} AND anchor IN (${anchors.map((anchor) => `'${anchor}'`).join(', ')})`);
}

/** The same chains as facts, without a verdict. */
export const keptFacts = (): string => KEPT('from');

/** By which chains are told apart whatever the moment is: fifteen words, and as one number compared sooner. */
const TELLING = ['anchor', 'facility', 'flow_type', 'currency', 'flow_known', 'cancelled', 'is_promised', ...STAGES.map((stage) => `\`${stage}\``)];
const OF_EACH = ['acknowledgement_code', 'posting_failed', 'order_failed', 'quantity', 'uom', 'id', 'supplier', 'item', 'started_at',
  ...STAGES.filter((stage) => stage !== 'requisition').map((stage) => `${stage}_at`), ...Object.keys(DUE).map((stage) => `${stage}_from`)];
/** Which of a chain's clocks have run out, a bit each. */
const LATE = Object.values(DUE).map((due, i) => `${2 ** i} * ifNull(${due} < {now:DateTime64(3, 'UTC')}, 0)`).join(' + ');

/**
 * Chains that nothing tells apart but what they are worth, counted together and judged once: there are some hundreds of those
 * at a facility among hundreds of thousands. `chains`: how many; `value`: what they are worth; `unpriced`: how many of them have
 * no price. Columns that differ within one (its id, its times) are those of any.
 *
 * @param where on the columns of the facts
 * @param by further columns that tell them apart, by name
 * @param sums further aggregates, by name, over a column that is worked out for each chain
 */
export function keptAlike(where: string, by: Named = {}, sums: Readonly<Record<string, { each: string; sum: (column: string) => string }>> = {}): string {
  const [keys, summed] = [Object.entries(by), Object.entries(sums)];
  const each = [...keys, ...summed.map(([name, { each: of }]) => [name, of] as const)].map(([name, of]) => `, ${of} AS ${name}`).join('');
  const sum = [...keys.map(([name]) => `, ${name}`), ...summed.map(([name, { sum: over }]) => `, ${over(`each.${name}`)} AS ${name}`)].join('');
  return judged(`
  SELECT ${[...TELLING, ...OF_EACH].map((column) => `any(${column}) AS ${column}`).join(', ')}, count() AS chains, countIf(no_value) AS unpriced, sum(value) AS value${sum}
  FROM (SELECT *, cityHash64(${TELLING.join(', ')}) AS alike, value IS NULL AS no_value, toUInt8(${LATE}) AS late${each} FROM (${KEPT('from')}) WHERE ${where}) AS each
  GROUP BY alike, late${keys.map(([name]) => `, ${name}`).join('')}`, [', chains, unpriced', ...Object.keys({ ...by, ...sums }).map((name) => `, ${name}`)].join(''));
}
type Named = Readonly<Record<string, string>>;

const LINK_KEYS = {
  posting: 'posting_ids', 'order-line': 'order_ids', order: 'order_documents', usage: 'usage_ids', 'requisition-line': 'requisition_ids', requisition: 'requisition_documents',
} as const;
export const BY_KEYS: Reach = {
  lines: '(document_type, document_id, line_id) IN arrayZip({row_types:Array(String)}, {row_documents:Array(String)}, {row_lines:Array(String)})',
  wholes: "(document_type, document_id) IN arrayZip({row_types:Array(String)}, {row_documents:Array(String)}) AND line_id = ''",
  documents: '(document_type, document_id) IN arrayZip({row_types:Array(String)}, {row_documents:Array(String)})',
  anchors: (anchor, id) => `('${anchor}', ${id}) IN arrayZip({anchor_types:Array(String)}, {anchor_ids:Array(String)})`,
  links: (type) => `node_type = '${type}' AND node_id IN {${LINK_KEYS[type]}:Array(String)}`,
};
/** The same; inferred relations count that are at least as sure as {inferred_from}. */
export const BY_KEYS_WITH_INFERRED: Reach = { ...BY_KEYS, inferred: 'confidence >= {inferred_from:Float64}' };
