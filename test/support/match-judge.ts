import type { Store } from '../../clickhouse/client';
import { refreshMatches, type Anew } from '../../clickhouse/matches';
import { MATCHED_TOTALS, MATCHED_VERDICTS, RECEIPTS_OPEN } from '../../clickhouse/queries/match';
import { everything, keep } from './match';
import { CASES, MASTER, type Case, type Expected } from './match-cases';
import { CASE_RULES, MORE_CASES, MORE_MASTER } from './match-cases-more';

/** All cases worked by hand at once: told to one store, matched in one run, compared one by one. */

export const ALL_CASES: readonly Case[] = [...CASES, ...MORE_CASES];

export const tellCases = (store: Store) => keep(store, [...MASTER, ...MORE_MASTER, ...ALL_CASES.flatMap((each) => each.events)]);

interface Found {
  object_id: string;
  document_id: string;
  verdict: string;
  findings: string[];
  arithmetic: string[];
  at_stake: string | null;
  price_variance: string | null;
  quantity_variance: string | null;
}

/** Matches everything (or makes only the verdicts anew) under the rules of the cases, and says of each case what is not as it was worked; nothing where all is. */
export async function casesThatFail(store: Store, anew: Anew = { full: true }): Promise<Map<string, string[]>> {
  await refreshMatches(store, everything(CASE_RULES), anew);
  const verdicts = await store.select<Found>(`WITH ${MATCHED_VERDICTS} SELECT object_id, document_id, verdict, findings, arithmetic, toString(at_stake) AS at_stake, toString(price_variance) AS price_variance,
    toString(quantity_variance) AS quantity_variance FROM match_verdicts WHERE NOT withdrawn`);
  const besides = await store.select<{ object_id: string; rule_version: string; verdict: string }>('SELECT object_id, rule_version, verdict FROM matched_invoice_lines_beside FINAL WHERE NOT gone');
  const orders = await store.select<{ id: string; ordered: string; received: string; invoiced: string; over_delivered: number; open_value: string }>(`WITH ${MATCHED_TOTALS}
    SELECT order_id AS id, toString(qo) AS ordered, toString(qr) AS received, toString(qi) AS invoiced, over_delivered,
      toString(round(toDecimal256(arraySum(arrayMap(q -> ifNull(q, toDecimal128(0, 8)), ${RECEIPTS_OPEN})), 8) * toDecimal256(o_price, 6) / nullIf(toDecimal256(ko, 8), 0), 4)) AS open_value
    FROM match_totals WHERE known`);

  const failures = new Map<string, string[]>();
  for (const each of ALL_CASES) {
    const wrong: string[] = [];
    const compare = (what: string, found: unknown, expected: unknown) => {
      if (JSON.stringify(found) !== JSON.stringify(expected)) wrong.push(`${what}: expected ${JSON.stringify(expected)}, found ${JSON.stringify(found)}`);
    };
    const hold = (name: string, rows: Found[], { verdict, findings, says, beside = {}, ...money }: Expected) => {
      compare(name, rows.map((row) => row.verdict), verdict === null ? [] : rows.map(() => verdict));
      if (verdict !== null && rows.length === 0) wrong.push(`${name}: expected ${verdict}, found nothing`);
      for (const row of rows) {
        if (findings) compare(`${name} findings`, row.findings, findings);
        if (row.arithmetic.length !== row.findings.length) wrong.push(`${name}: ${row.findings.length} findings, ${row.arithmetic.length} arithmetics`);
        for (const [field, value] of Object.entries(money)) compare(`${name} ${field}`, row[field as keyof typeof money], value);
        if (says && !says.test(row.arithmetic[0] ?? '')) wrong.push(`${name}: expected to read ${says}, found "${row.arithmetic[0]}"`);
        for (const [version, other] of Object.entries(beside))
          compare(`${name} under ${version}`, besides.filter(({ object_id, rule_version }) => object_id === row.object_id && rule_version.startsWith(version)).map((found) => found.verdict), [other]);
      }
    };
    for (const [document, expected] of Object.entries(each.expect)) hold(document, verdicts.filter((row) => row.document_id === document), expected);
    for (const [id, expected] of Object.entries(each.lines ?? {})) hold(id, verdicts.filter((row) => row.object_id === id), expected);
    for (const [id, expected] of Object.entries(each.orders ?? {})) {
      const found = orders.find((row) => row.id === id);
      for (const [field, value] of Object.entries(expected)) compare(`order ${id} ${field}`, found?.[field as keyof typeof found], value);
    }
    if (wrong.length > 0) failures.set(each.name, wrong);
  }
  return failures;
}

/** Verdicts that no case expects. */
export function unseenVerdicts(verdicts: readonly string[]): string[] {
  const expected = new Set(ALL_CASES.flatMap((each) => [...Object.values(each.expect), ...Object.values(each.lines ?? {})].map(({ verdict }) => verdict)));
  return verdicts.filter((verdict) => !expected.has(verdict));
}
