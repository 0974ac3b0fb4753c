import Decimal from 'decimal.js';
import type { z } from 'zod';
import { WORK_STATES, type workGroups } from '@/clickhouse/queries/exceptions-kept';
import type { Resolved } from '../filters';
import { EXCEPTION_KINDS, EXCEPTIONS, PARTIES, type ExceptionKind } from '../rules/raci';
import { countsOver, countStep } from './buckets';
import type { AsOf, Chosen } from './chosen';

type Group = z.output<(typeof workGroups)['definition']['row']>;

/** How many kinds get a colour of their own; the rest are drawn together. */
const SHOWN = 7;

const inState = (group: Group, state: Chosen['state']) =>
  state === undefined ? WORK_STATES.some((one) => one === group.state) : state === 'all' || group.state === state;

/** Figures and charts of the work list. Counts by kind, owner and state each ignore their own choice, so that it can be changed. */
export function boardOf(groups: readonly Group[], arose: readonly { at: string; kind: string; exceptions: number }[], { run }: AsOf, { from, to, zone }: Pick<Resolved, 'from' | 'to' | 'zone'>, chosen: Chosen) {
  const ofKind = (group: Group) => !chosen.kind || group.kind === chosen.kind;
  const ofOwner = (group: Group) => !chosen.owner || group.owner === chosen.owner;
  const ofState = (group: Group) => inState(group, chosen.state);
  const shown = groups.filter((group) => ofKind(group) && ofOwner(group) && ofState(group));
  const money = new Map<string, Decimal>();
  for (const group of shown) if (group.money !== null && group.currency !== '') money.set(group.currency, (money.get(group.currency) ?? new Decimal(0)).plus(group.money));
  const byKind = counts(groups.filter((group) => ofOwner(group) && ofState(group)), (group) => group.kind);
  const byOwner = counts(groups.filter((group) => ofKind(group) && ofState(group)), (group) => group.owner);
  const byState = counts(groups.filter((group) => ofKind(group) && ofOwner(group)), (group) => group.state);
  const ranked = [...counts(shown, (group) => group.kind)].sort(([, a], [, b]) => b - a).flatMap(([name]) => EXCEPTION_KINDS.filter((kind) => kind === name));
  const drawn = ranked.length > SHOWN + 1 ? ranked.slice(0, SHOWN) : ranked;
  const step = countStep({ from, to });
  const total = sum(shown);
  const inRange = arose.reduce((all, row) => all + row.exceptions, 0);
  return {
    /** When the list was last brought up to the log; null: never yet, and nothing is known. */
    asOf: run?.ranAt ?? null,
    from, to, zone, step, total,
    high: sum(shown.filter((group) => group.severity === 'high')),
    unassigned: (byState.get('open') ?? 0) + (byState.get('reopened') ?? 0),
    mine: shown.reduce((all, group) => all + group.mine, 0),
    oldest: shown.reduce<string | null>((first, group) => (first === null || group.oldest < first ? group.oldest : first), null),
    money: [...money].map(([currency, amount]) => ({ currency, amount: amount.toFixed() })).sort((a, b) => new Decimal(b.amount).cmp(a.amount)),
    unpriced: shown.reduce((all, group) => all + group.unpriced, 0),
    kinds: EXCEPTION_KINDS.map((kind) => ({ kind, label: EXCEPTIONS[kind].label, count: byKind.get(kind) ?? 0 })).filter((row) => row.count > 0).sort((a, b) => b.count - a.count),
    owners: PARTIES.map((owner) => ({ owner, count: byOwner.get(owner) ?? 0 })),
    states: [...WORK_STATES, 'resolved' as const].map((state) => ({ state, count: byState.get(state) ?? 0 })),
    /** Of all that is shown, those that arose in the range are in the series. */
    inRange,
    series: countsOver(arose.map((row) => ({ since: row.at, key: drawn.some((kind) => kind === row.kind) ? row.kind : 'others', count: row.exceptions })), step, zone, { from, to }),
    drawn: [...drawn.map((kind) => ({ key: kind as string, label: EXCEPTIONS[kind].label })), ...(drawn.length < ranked.length ? [{ key: 'others', label: 'others' }] : [])],
    cut: (run?.cut ?? []).flatMap((name) => EXCEPTION_KINDS.filter((kind): kind is ExceptionKind => kind === name)).map((kind) => EXCEPTIONS[kind].label),
  };
}

const sum = (groups: readonly Group[]) => groups.reduce((all, group) => all + group.exceptions, 0);

function counts(groups: readonly Group[], key: (group: Group) => string): Map<string, number> {
  const found = new Map<string, number>();
  for (const group of groups) found.set(key(group), (found.get(key(group)) ?? 0) + group.exceptions);
  return found;
}
