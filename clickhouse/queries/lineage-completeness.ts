import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { chainFacts } from './lineage-chain-facts';
import { ANCHORS, BY_KEYS, BY_KEYS_WITH_INFERRED, chainFactRow, clockParams, keptChains, PATH, STAGES, type Anchor } from './lineage-chains';
import { scope } from './scope';

/** Completeness and stages of the whole network: chains that began in a range, at some facilities. */

const spanned = { ...scope, ...clockParams } as const;
/** Many joins over a long range: longer than a page's own figures may take, shorter than a person waits. */
const LIMITS = { seconds: 20 } as const;

/**
 * Which stages the facilities send, by flow type: `stage|facility|flow type` for each that at least `share` of the
 * order lines since `from` have had.
 */
export const stagesSent = defineQuery({
  name: 'lineage_stages_sent',
  sql: `
    SELECT arrayJoin(arrayFilter(entry -> entry != '', [
      if(acknowledged >= {share:Float64} * lines, concat('acknowledgement|', facility, '|', flow), ''),
      if(requisitioned >= {share:Float64} * lines, concat('requisition|', facility, '|', flow), ''),
      if(used >= {share:Float64} * lines, concat('usage|', facility, '|', flow), '')])) AS sent
    FROM (
      SELECT facility, flow_type AS flow, count() AS lines, countIf(acknowledgement = 'present') AS acknowledged,
        countIf(requisition IN ('present', 'orphan')) AS requisitioned, countIf(usage IN ('present', 'orphan')) AS used
      FROM chains FINAL WHERE started_day >= toDate({from:DateTime64(3, 'UTC')}) AND anchor = 'order-line' AND \`order\` = 'present' AND NOT gone
      GROUP BY facility, flow
    )`,
  params: z.object({ from: z.date(), share: z.number() }),
  row: z.object({ sent: z.string() }),
  limits: LIMITS,
});

/**
 * Completeness by count and by value, per currency and flow type. Values are decimal strings in `currency`;
 * a chain without a price counts in `unpriced` and adds nothing.
 */
export const lineageTotals = defineQuery({
  name: 'lineage_totals',
  sql: `
    SELECT flow_type, currency, count() AS chains, countIf(chain.closed) AS closed, countIf(chain.complete = 1) AS complete, countIf(chain.complete = 0) AS incomplete,
      countIf(chain.closed AND chain.complete IS NULL) AS unjudged,
      countIf(chain.value IS NULL) AS unpriced, sum(chain.value) AS value, sumIf(chain.value, chain.complete = 1) AS complete_value, sumIf(chain.value, chain.complete = 0) AS incomplete_value
    FROM (${keptChains()}) AS chain GROUP BY flow_type, currency ORDER BY chains DESC, flow_type, currency`,
  params: z.object(spanned),
  row: z.object({
    flow_type: z.string(), currency: z.string(), chains: z.number(), closed: z.number(), complete: z.number(), incomplete: z.number(), unjudged: z.number(),
    unpriced: z.number(), value: z.string().nullable(), complete_value: z.string().nullable(), incomplete_value: z.string().nullable(),
  }),
  limits: LIMITS,
});

/** What a list of chains may be narrowed to; an empty string: not narrowed. */
export const chainFilters = {
  /** With `state` (one or several, by comma): only chains whose stage is in that state. */
  stage: z.string(),
  state: z.string(),
  chain_state: z.string(),
  /** yes, no, unknown (closed, but nothing says), closed (yes or no), open. */
  complete: z.string(),
  /** Prefixed with `=`, so that "no flow type" can be asked for. */
  flow: z.string(),
  supplier: z.string(),
  item: z.string(),
  /** Stages that are there, in the order in which they came, as PATH says them. */
  path: z.string(),
  /** Who owns a gap, by its stage: two arrays side by side. */
  owned_stages: z.array(z.string()), owners: z.array(z.string()),
} as const;

const NARROWED = `
  ({stage:String} = '' OR has(splitByChar(',', {state:String}), [${STAGES.map((stage) => `\`${stage}\``).join(', ')}][greatest(1, indexOf([${STAGES.map((stage) => `'${stage}'`).join(', ')}], {stage:String}))]))
  AND ({chain_state:String} = '' OR chain_state = {chain_state:String})
  AND multiIf({complete:String} = '', 1, {complete:String} = 'yes', ifNull(complete = 1, 0), {complete:String} = 'no', ifNull(complete = 0, 0),
    {complete:String} = 'closed', complete IS NOT NULL, {complete:String} = 'unknown', closed AND complete IS NULL, NOT closed)
  AND ({flow:String} = '' OR concat('=', flow_type) = {flow:String})
  AND ({supplier:String} = '' OR supplier = {supplier:String}) AND ({item:String} = '' OR item = {item:String}) AND ({path:String} = '' OR ${PATH} = {path:String})`;

/** A chain in JSON, as chainsSql gives it. */
export const chainRow = z.object({
  anchor: z.string(), id: z.string(), facility: z.string(), supplier: z.string(), item: z.string(), flow_type: z.string(), started_at: z.string(),
  usage: z.string(), requisition: z.string(), order: z.string(), acknowledgement: z.string(), shipment: z.string(), receipt: z.string(), invoice: z.string(), posting: z.string(),
  usage_at: z.string().nullable(), order_at: z.string().nullable(), acknowledgement_at: z.string().nullable(), shipment_at: z.string().nullable(),
  receipt_at: z.string().nullable(), invoice_at: z.string().nullable(), posting_at: z.string().nullable(),
  order_due: z.string().nullable(), acknowledgement_due: z.string().nullable(), receipt_due: z.string().nullable(), invoice_due: z.string().nullable(), posting_due: z.string().nullable(),
  acknowledgement_code: z.string(), posting_failed: z.number(), order_failed: z.number(),
  quantity: z.string().nullable(), uom: z.string(), currency: z.string(), value: z.string().nullable(),
  chain_state: z.string(), closed: z.number(), complete: z.number().nullable(), gap: z.string(), gap_stage: z.string(), gap_due: z.string().nullable(),
  reached: z.string(), reached_at: z.string().nullable(), age_ms: z.number(),
});
export type ChainRow = z.infer<typeof chainRow>;

const CHAIN_COLUMNS = Object.keys(chainRow.shape).map((column) => `\`${column}\``).join(', ');

function chainList(name: string, anchors: readonly Anchor[]) {
  return defineList({
    name,
    sql: `SELECT ${CHAIN_COLUMNS}, transform(gap_stage, {owned_stages:Array(String)}, {owners:Array(String)}, '') AS owner,
      if(chain_state IN ('open', 'overdue'), greatest(0, dateDiff('millisecond', reached_at, {now:DateTime64(3, 'UTC')})), NULL) AS waiting_ms
      FROM (${keptChains(anchors)}) WHERE ${NARROWED}`,
    params: z.object({ ...spanned, ...chainFilters }),
    row: chainRow.extend({ owner: z.string(), waiting_ms: z.number().nullable() }),
    sortable: {
      owner: 'owner', waiting_ms: 'waiting_ms',
      id: 'id', facility: 'facility', supplier: 'supplier', item: 'item', flow_type: 'flow_type', started_at: 'started_at', reached: "indexOf(['usage', 'requisition', 'order', 'acknowledgement', 'shipment', 'receipt', 'invoice', 'posting'], reached)",
      chain_state: 'chain_state', gap: 'gap', gap_stage: 'gap_stage', gap_due: 'gap_due', value: 'value', age_ms: 'age_ms', reached_at: 'reached_at', quantity: 'quantity',
    },
    defaultSort: { sort: 'started_at', desc: true },
    key: ['anchor', 'id'],
    limits: LIMITS,
  });
}

/** Chains that began in the range: all, or those of one kind of anchor (less work). */
export const chainLists = {
  all: chainList('lineage_chains', ANCHORS),
  'order-line': chainList('lineage_chains_orders', ['order-line']),
  usage: chainList('lineage_chains_usages', ['usage']),
  'requisition-line': chainList('lineage_chains_requisitions', ['requisition-line']),
} as const;

/** The keys that a question about named chains is bound by: the anchors and everything that belongs to them. */
export const keyParams = {
  anchor_types: z.array(z.string()), anchor_ids: z.array(z.string()),
  row_types: z.array(z.string()), row_documents: z.array(z.string()), row_lines: z.array(z.string()),
  order_ids: z.array(z.string()), order_documents: z.array(z.string()), usage_ids: z.array(z.string()),
  requisition_ids: z.array(z.string()), requisition_documents: z.array(z.string()), posting_ids: z.array(z.string()),
} as const;

const byKey = (anchor: Anchor) =>
  defineQuery({
    name: `lineage_chains_by_key_${anchor.replace('-', '_')}`,
    sql: chainFacts(BY_KEYS, [anchor]),
    params: z.object(keyParams),
    row: chainFactRow,
  });

const byKeyWithInferred = (anchor: Anchor) =>
  defineQuery({
    name: `lineage_chains_with_inferred_${anchor.replace('-', '_')}`,
    sql: chainFacts(BY_KEYS_WITH_INFERRED, [anchor]),
    params: z.object({ ...keyParams, inferred_from: z.number() }),
    row: chainFactRow,
  });

/** The facts of chains named by their anchors and by everything that belongs to them, worked out; one query per kind of anchor. */
export const chainsByKey = { 'order-line': byKey('order-line'), usage: byKey('usage'), 'requisition-line': byKey('requisition-line') } as const;
/** The same; inferred relations count that are at least as sure as `inferred_from`. */
export const chainsByKeyWithInferred = { 'order-line': byKeyWithInferred('order-line'), usage: byKeyWithInferred('usage'), 'requisition-line': byKeyWithInferred('requisition-line') } as const;
