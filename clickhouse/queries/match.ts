import { z } from 'zod';
import { factStages, lineSteps, type MatchSource, type Stage } from './match-facts';
import { breach, limitColumns, VERSION_ON, type matchRuleParams } from './match-rules';
import { DOCUMENTS, FACTS, ORDERS } from './match-scope';
import { totalSteps } from './match-totals';
import { IN_FACILITIES, type scope } from './scope';

export { ARITHMETIC, FINDINGS, FINE, HOLDS, MISMATCHES, UNDECIDED, VERDICT_COLUMNS, VERDICTS, verdictStages, type Verdict } from './match-verdict';
export { DAY_OF, ZONE_OF, type MatchSource, type Stage } from './match-facts';
export { matchRuleParams, VERSION_NAME, VERSION_NAMES, VERSION_ON, type MatchRuleParams } from './match-rules';

/**
 * The three-way match, in one place. Every verdict, variance and open quantity of the product comes from these
 * statements; they are a function of the facts in force, so arrival order, duplicates and replays cannot change them.
 * They are many small stages, each reading the ones before by name, because the engine takes seconds to plan them as one:
 * ../matches.ts puts each into a table of work and keeps the end, for pages to read.
 */

/** Zones by facility, for business days; `zone` where a facility has none. */
export const zoneParams = { zones: z.record(z.string(), z.string()), zone: z.string() } as const;

/** What a match query takes that works it out: span and facilities, rules, zones. */
export type MatchParams = z.input<z.ZodObject<typeof scope & typeof matchRuleParams & typeof zoneParams>>;

/** Steps on a table, `at_once` in a statement: each is planned with all that it stands on. */
function stepped(name: string, from: string, steps: readonly string[], atOnce: number): Stage[] {
  const stages: Stage[] = [];
  for (let at = 0; at < steps.length; at += atOnce) {
    const last = at + atOnce >= steps.length;
    const sql = steps.slice(at, at + atOnce).reduce((inner, columns) => `SELECT *, ${columns}\n    FROM (${inner})`, `SELECT * FROM ${from}`);
    from = last ? name : `${name}_${stages.length + 1}`;
    stages.push({ name: from, sql });
  }
  return stages;
}

const DUE_OVER = "if(empty(r.date), o_date, arrayMax(r.date))";
/** What was received past what was ordered: a finding on the order line itself, by the rules in force when the last of it came. */
const OVER = `known AND NOT (flow = 'stock') AND ${breach('qr - qo', 'qo', 'over_delivery')}`;
const LIMITED_OVER = `${limitColumns(['over_delivery'], 'version', 'facility', 'supplier', 'category')}`;

const IN_WORK: MatchSource = {
  facts: (where) => `FROM match_facts WHERE (${where})`,
  orders: ORDERS,
  documents: DOCUMENTS,
  items: 'record_id IN (SELECT item FROM match_facts)',
};

const [PACKS, HEADS, STATED, ...GROUPED] = factStages(IN_WORK);

/** From `match_documents` to `match_counted`, all that the match makes of the facts, in tables of work: those side by side do not read each other. */
export const FACT_STAGES: readonly (readonly Stage[])[] = [
  [{ name: 'match_facts', sql: FACTS, kept: true }],
  [PACKS, HEADS],
  ...[STATED, ...GROUPED, ...stepped('match_lines', 'match_grouped', lineSteps(), 3), ...stepped('match_counted', 'match_lines', totalSteps(), 3)].map((stage) => [stage]),
];

/** `match_totals`, what is kept: with `over`. */
export const OVER_STAGE: Stage = { name: 'match_totals', sql: overDelivered('match_counted') };

/** With `over`: whether too much was delivered, by the limits that hold for it. */
export function overDelivered(from: string): string {
  const what = `SELECT *, ${VERSION_ON(DUE_OVER)} AS version, o_facility AS facility, o_supplier AS supplier, o_category AS category FROM ${from}`;
  return `SELECT * EXCEPT (version, facility, supplier, category, limit_over_delivery), ifNull(${OVER}, 0) AS over
    FROM (${what}) AS line
    LEFT JOIN (SELECT *, ${LIMITED_OVER} FROM (SELECT DISTINCT version, facility, supplier, category FROM (${what}))) AS limits USING (version, facility, supplier, category)`;
}

/** CTEs as of the last run, read and not worked out: what pages stand on. */
export const MATCHED_TOTALS = 'match_totals AS (SELECT * FROM matched_order_lines FINAL WHERE NOT gone)';
/** The same, only of order lines on which a receipt waits for an invoice, is without its order line, or brought too much: by the key. */
export const OPEN_TOTALS = 'match_totals AS (SELECT * FROM matched_order_lines FINAL WHERE NOT gone AND NOT settled)';
export const MATCHED_VERDICTS = 'match_verdicts AS (SELECT * FROM matched_invoice_lines FINAL WHERE NOT gone)';
// FINAL: of two runs' rows for one line the later holds, whatever has been merged.

const RANGE = "time >= {from:DateTime64(3, 'UTC')} AND time < {to:DateTime64(3, 'UTC')}";

/** Invoice lines of the range and the facilities, without those that nothing is left of. */
export const INVOICE_LINES_IN_RANGE = `SELECT * FROM match_verdicts WHERE NOT withdrawn AND ${RANGE} AND ${IN_FACILITIES}`;

/** Names of suppliers as the master data has them today. */
export const SUPPLIER_NAMES = `SELECT record_id AS supplier, argMax(JSONExtractString(attributes, 'name'), (valid_from, version, rank)) AS supplier_name
  FROM master_records WHERE kind = 'supplier' AND valid_from <= toDate32(now()) GROUP BY record_id`;

/**
 * What is open of each receipt line (`r`) of an order line, base units: its quantity less what was invoiced, first in first
 * out; NULL where nobody can tell.
 */
export const RECEIPTS_OPEN = `arrayMap((n, through) -> multiIf(i_standing_count = 0 OR NOT known, n, r_unknown OR i_unknown, NULL, n - least(n, greatest(qi - (through - n), toDecimal128(0, 8)))),
    r_net, arrayCumSum(arrayMap(n -> ifNull(n, toDecimal128(0, 8)), r_net)))`;
/** Nothing on the order line waits for anything any more: see OPEN_TOTALS. `over`: too much was delivered. */
export const SETTLED = `NOT (over
    OR ((NOT known OR needs_receipt) AND arrayExists((open, withdrawn) -> NOT withdrawn AND (NOT known OR ifNull(open > 0, 1)), ${RECEIPTS_OPEN}, r_withdrawn)))`;
