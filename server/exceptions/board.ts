import Decimal from 'decimal.js';
import type { Resolved } from '../filters';
import { EXCEPTION_KINDS, EXCEPTIONS, PARTIES, type ExceptionKind, type Party } from '../rules/raci';
import { countsOver, countStep } from './buckets';
import type { ExceptionRow } from './compose';
import type { CurrentExceptions } from './current';

export interface Chosen {
  kind?: ExceptionKind;
  owner?: Party;
}

export function chosenRows(rows: readonly ExceptionRow[], { kind, owner }: Chosen): ExceptionRow[] {
  return rows.filter((row) => (!kind || row.kind === kind) && (!owner || row.owner === owner));
}

/** How many kinds get a colour of their own; the rest are drawn together. */
const SHOWN = 7;

/** Figures and charts of the work list. Counts by kind and by owner each ignore their own choice, so that it can be changed. */
export function boardOf({ at, rows, cut, missing }: CurrentExceptions, { from, to, zone }: Pick<Resolved, 'from' | 'to' | 'zone'>, chosen: Chosen) {
  const shown = chosenRows(rows, chosen);
  const money = new Map<string, Decimal>();
  let unpriced = 0;
  for (const { value, currency } of shown) {
    if (value === null || currency === '') unpriced += 1;
    else money.set(currency, (money.get(currency) ?? new Decimal(0)).plus(value));
  }
  const byKind = countBy(chosenRows(rows, { owner: chosen.owner }), (row) => row.kind);
  const byOwner = countBy(chosenRows(rows, { kind: chosen.kind }), (row) => row.owner);
  const ranked = [...countBy(shown, (row) => row.kind)].sort(([, a], [, b]) => b - a).map(([kind]) => kind);
  const drawn = ranked.length > SHOWN + 1 ? ranked.slice(0, SHOWN) : ranked;
  const step = countStep({ from, to });
  return {
    at, from, to, zone, step,
    total: shown.length,
    high: shown.filter((row) => row.severity === 'high').length,
    oldest: shown.reduce<string | null>((first, row) => (first === null || row.since < first ? row.since : first), null),
    money: [...money].map(([currency, amount]) => ({ currency, amount: amount.toFixed() })).sort((a, b) => new Decimal(b.amount).cmp(a.amount)),
    unpriced,
    kinds: EXCEPTION_KINDS.map((kind) => ({ kind, label: EXCEPTIONS[kind].label, count: byKind.get(kind) ?? 0 })).filter((row) => row.count > 0).sort((a, b) => b.count - a.count),
    owners: PARTIES.map((owner) => ({ owner, count: byOwner.get(owner) ?? 0 })),
    series: countsOver(shown.map((row) => ({ since: row.since, key: drawn.includes(row.kind) ? row.kind : 'others' })), step, zone, { from, to }),
    drawn: [...drawn.map((kind) => ({ key: kind as string, label: EXCEPTIONS[kind].label })), ...(drawn.length < ranked.length ? [{ key: 'others', label: 'others' }] : [])],
    cut: cut.map((kind) => EXCEPTIONS[kind].label),
    missing: missing.map((kind) => EXCEPTIONS[kind].label),
  };
}

function countBy<Key>(rows: readonly ExceptionRow[], key: (row: ExceptionRow) => Key): Map<Key, number> {
  const counts = new Map<Key, number>();
  for (const row of rows) counts.set(key(row), (counts.get(key(row)) ?? 0) + 1);
  return counts;
}
