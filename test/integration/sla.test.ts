import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { MATCH_KEYS, PLAIN_KEYS, SLA_KEYS, slaFigure, slaLines, slaMatchTotals, slaTotals, type SlaKey, type SlaParams } from '../../clickhouse/queries/sla';
import { matchParams, matchRules } from '../../server/rules/match';
import { slaSettings } from '../../server/rules/sla';
import { resultOf, targetMs, type SlaResult } from '../../server/sla/report';
import { startEngine, type TestEngine } from '../support/engine';
import { eventOf, ref, type Told } from '../support/lineage';
import { keepUp } from '../support/kept';
import { invoice, keep, order, receipt } from '../support/match';

/** Each figure over a small month whose answers were worked out by hand; events go through the listener's decoder. */

let engine: TestEngine;
let store: Store;
const settings = slaSettings();

beforeAll(async () => {
  engine = await startEngine();
  store = engine.store();
  await migrate(storeConfig({ ...process.env, ...engine.env }));
});
afterAll(() => engine.stop());

const NOW = new Date('2026-07-01T00:00:00Z');
const params = (more: Partial<SlaParams> = {}): SlaParams => ({
  from: new Date('2026-03-01'), to: new Date('2026-04-01'), facilities: [], zones: { NORTH: 'America/Chicago' }, zone: 'UTC', now: NOW, contract_tolerance: '2', fill_due_days: 1, target_ms: 0,
  order_days: 2, acknowledgement_days: 2, promise_slack_days: 2, receipt_days: 14, invoice_days: 30, posting_days: 5, sent: ['acknowledgement|NORTH|three-way'], ...more,
});

async function figures(more: Partial<SlaParams> = {}): Promise<Record<SlaKey, SlaResult>> {
  const found: Partial<Record<SlaKey, SlaResult>> = {};
  for (const key of PLAIN_KEYS) found[key] = resultOf(key, await slaTotals[key](store, params({ target_ms: targetMs(key, settings), ...more })), settings);
  const rows = await slaMatchTotals(store, params(more));
  for (const key of MATCH_KEYS) found[key] = resultOf(key, rows.filter((row) => row.figure === key), settings);
  return found as Record<SlaKey, SlaResult>;
}
/** `numerator/denominator n`, per currency. */
const shown = (result: SlaResult) => result.values.map((value) => `${value.currency}${value.currency && ' '}${value.numerator}/${value.denominator} of ${value.n}`);

const HOUR = 3_600_000;
const balance = (at: string, onHand: string, facility = 'NORTH', location = 'OR'): Told => ({ what: 'balance.reported', document: `BAL-${facility}-${at}`, at, facility, lines: [{ id: '1', item: 'A', location, onHand, uom: 'EA' }] });
const replenish = (what: 'requested' | 'filled', document: string, at: string, quantity: string, item = 'A'): Told => ({ what: `replenishment.${what}`, document, at, lines: [{ id: '1', item, location: 'OR', quantity, uom: 'EA' }] });
const handedOver = (id: string, outcome: string, attempt: number, latencyMs: number): Told => ({
  what: 'receipt.confirmed', document: id, at: `2026-03-20T1${attempt}:00:00Z`, lines: [{ id: '1' }],
  data: { interface: 'inventory-to-erp', target: 'erp', outcome, attempt, latencyMs, ...(outcome === 'succeeded' ? {} : { error: { class: 'timeout', code: 'T1', message: 'no answer', retryable: true } }) },
});
const person = { actor: { kind: 'human', id: 'u-1' } };
const machine = { actor: { kind: 'system', id: 'erp' } };
const posted = (id: string, amount: string, kind: string, type: string, document: string, line: string, more: Record<string, unknown> = {}): Told => ({
  what: 'posting.completed', document: id, at: '2026-03-14T00:00:00Z', data: { kind, ...machine, ...more }, lines: [{ id: '1', amount, settles: [{ type, document, line }] }],
});

const BASIC: Told[] = [
  // On 3 March it ran out, nothing is known of the 4th: 2 of 3 days. Another facility: 0 of 1.
  balance('2026-03-02T18:00:00Z', '10'), balance('2026-03-03T15:00:00Z', '5'), balance('2026-03-03T18:00:00Z', '0'), balance('2026-03-05T12:00:00Z', '8'),
  balance('2026-03-02T18:00:00Z', '0', 'SOUTH', 'S1'),
  // Asked for when out, and filled; filled in part after 30 h; never filled and never counted; asked for at the very end.
  replenish('requested', 'REP-1', '2026-03-03T20:00:00Z', '12'), replenish('filled', 'REP-1', '2026-03-04T00:00:00Z', '12'),
  replenish('requested', 'REP-2', '2026-03-05T13:00:00Z', '10'), replenish('filled', 'REP-2', '2026-03-06T19:00:00Z', '6'),
  replenish('requested', 'REP-3', '2026-03-06T00:00:00Z', '5', 'B'),
  replenish('requested', 'REP-4', '2026-03-31T23:00:00Z', '3'),
  // Submitted 08:00, approved 10:00, sent 20:00; received after 3 and after 7 days.
  { what: 'requisition.submitted', document: 'REQ-1', at: '2026-03-02T08:00:00Z', lines: [{ id: '1', item: 'A' }, { id: '2', item: 'B' }] },
  { what: 'requisition.approved', document: 'REQ-1', at: '2026-03-02T10:00:00Z' },
  { what: 'order.created', document: 'PO-1', at: '2026-03-02T19:00:00Z', data: { flowType: 'three-way' }, lines: [{ id: '1', item: 'A', requisitions: [ref('REQ-1', '1')] }, { id: '2', item: 'B', requisitions: [ref('REQ-1', '2')] }] },
  { what: 'order.sent', document: 'PO-1', at: '2026-03-02T20:00:00Z' },
  { what: 'receipt.confirmed', document: 'R-1', at: '2026-03-05T10:00:00Z', lines: [{ id: '1', order: ref('PO-1', '1') }] },
  { what: 'receipt.confirmed', document: 'R-2', at: '2026-03-09T10:00:00Z', lines: [{ id: '1', order: ref('PO-1', '2') }] },
  // The second line was rejected first and accepted later: the first answer counts.
  { what: 'order.acknowledged', document: 'PO-1', at: '2026-03-03T10:00:00Z', lines: [{ id: '1', code: 'IA' }, { id: '2', code: 'IR' }] },
  { what: 'order.acknowledged', document: 'PO-1', at: '2026-03-04T10:00:00Z', revision: 1, lines: [{ id: '2', code: 'IA' }] },
  // Succeeded at the second attempt; rejected; still being tried.
  handedOver('H-1', 'failed', 1, 900), handedOver('H-1', 'succeeded', 2, 100), handedOver('H-2', 'rejected', 1, 300), handedOver('H-3', 'retrying', 1, 50),
];

/** Orders of ten at 5.00, invoiced: as ordered; at 6.00; without an order; and one never invoiced nor answered. */
const MATCHED = [
  eventOf({ what: 'contract.changed', document: 'C-1:ITEM', at: '2026-01-01T00:00:00Z', data: { document: { id: 'C-1:ITEM', revision: 1, date: '2026-01-01' }, attributes: { contract: 'C-1', item: 'ITEM', price: '5', uom: 'EA', currency: 'USD', validTo: '2026-12-31' } } }),
  ...['M-1', 'M-2', 'M-3'].map((id) => order(id, { quantity: '10', price: '5', ...(id === 'M-3' ? {} : { contract: 'C-1' }) })),
  ...['M-1', 'M-2'].flatMap((id) => [
    receipt(`R-${id}`, id, '10'),
    eventOf({ what: 'order.acknowledged', document: id, at: '2026-03-02T10:00:00Z', lines: [{ id: '1', code: 'IA' }] }),
  ]),
  invoice('I-1', 'M-1', { quantity: '10', price: '5' }, { ...machine }),
  invoice('I-2', 'M-2', { quantity: '10', price: '6' }, { ...machine }),
  invoice('I-3', undefined, { quantity: '1', price: '7' }),
  // A person approved the second: 2 days after it came. The first was posted on the 14th, 3 days and 9 hours after.
  eventOf({ what: 'invoice.approved', document: 'I-2', at: '2026-03-12T15:00:00Z', data: person }),
  ...[posted('GL-1', '48', 'payable', 'invoice-line', 'I-1', '1'), posted('GL-2', '60', 'payable', 'invoice-line', 'I-2', '1')].map(eventOf),
  // Used on a case: 2 at 5.00 posted as 9.00, 1 at 5.00 never posted, 3 on no case.
  ...[
    { what: 'usage.recorded', document: 'U-1', at: '2026-03-08T10:00:00Z', data: { case: 'CASE-1' }, lines: [{ id: '1', item: 'ITEM', quantity: '2', uom: 'EA' }, { id: '2', item: 'ITEM', quantity: '1', uom: 'EA' }] },
    { what: 'usage.recorded', document: 'U-2', at: '2026-03-08T11:00:00Z', lines: [{ id: '1', item: 'ITEM', quantity: '3', uom: 'EA' }] },
    posted('GL-3', '9', 'case-cost', 'usage', 'U-1', '1'),
  ].map(eventOf),
];

it.each(SLA_KEYS)('%s has no figure where nothing is known', async (key) => {
  expect(await slaFigure[key].day(store, params())).toEqual([]);
  expect(resultOf(key, [], settings)).toMatchObject({ state: 'no_data', values: [], n: 0 });
});

describe('a month worked by hand', () => {
  let all: Record<SlaKey, SlaResult>;
  beforeAll(async () => {
    await keep(store, [...BASIC.map(eventOf), ...MATCHED]);
    await keepUp(store, { rules: { ...matchParams(matchRules.parse({})), zones: params().zones, zone: params().zone } });
    all = await figures();
  });

  it.each([
    ['stock-availability', ['2/4 of 4'], 'missed'],
    ['stockout-rate', ['1/3 of 3'], 'missed'],
    ['point-of-use-fill', ['1/4 of 4'], 'missed'],
    ['replenishment-cycle', ['1/2 of 2'], 'met'],
    ['requisition-to-sent', ['2/2 of 2'], 'met'],
    ['approved-to-receipt', ['1/2 of 2'], 'met'],
    // Of the four lines answered one was rejected at first.
    ['first-response-fill', ['3/4 of 4'], 'missed'],
    ['interface-availability', ['1/2 of 2'], 'missed'],
    ['on-contract-spend', ['USD 100/150 of 3'], 'missed'],
    // Of three invoices two stand on orders; the dearer one and the one without an order are exceptions.
    ['perfect-invoice', ['1/2 of 2'], 'missed'],
    ['invoice-exceptions', ['2/3 of 3'], 'missed'],
    ['touchless', ['1/2 of 2'], 'met'],
    ['invoice-cycle', ['2/2 of 2'], 'met'],
    ['price-accuracy', ['1/2 of 2'], 'missed'],
    // 48 posted of 50 matched.
    ['spend-accuracy', ['USD 2/50 of 1'], 'missed'],
    // |9 − 10| + |0 − 5| of 15.
    ['case-cost-accuracy', ['USD 6/15 of 2'], 'missed'],
    // M-1 is perfect; M-2 is too dear; M-3 and the two lines of PO-1 were never invoiced.
    ['perfect-order', ['1/5 of 5'], 'missed'],
  ] as const)('%s', (key, sums, state) => {
    expect({ sums: shown(all[key]), state: all[key].state }).toEqual({ sums, state });
  });

  it('gives the median of times, and accuracy as what is right', () => {
    expect(all['replenishment-cycle'].values[0]?.p50).toBe(17 * HOUR);
    expect(all['requisition-to-sent'].values[0]?.p50).toBe(12 * HOUR);
    expect(all['approved-to-receipt'].values[0]?.p50).toBe(5 * 24 * HOUR);
    expect(all['invoice-cycle'].values[0]?.p50).toBe(((48 + 81) / 2) * HOUR);
    expect(all['interface-availability'].values[0]).toMatchObject({ p50: 200 });
    expect(all['spend-accuracy'].values[0]?.ratio).toBe('0.96');
    expect(all['case-cost-accuracy'].values[0]?.ratio).toBe('0.6');
  });

  it('says the same by facility, over time and in its lines', async () => {
    const rows = await slaFigure['stock-availability'].day(store, params());
    expect(rows.filter((row) => row.part === 'facility').map((row) => [row.place, row.numerator_sum, row.denominator_sum])).toEqual([['NORTH', '2', '3'], ['SOUTH', '0', '1']]);
    expect(rows.filter((row) => row.part === 'time').map((row) => [row.bucket_at.slice(0, 10), row.numerator_sum, row.denominator_sum])).toEqual([['2026-03-02', '1', '2'], ['2026-03-03', '0', '1'], ['2026-03-05', '1', '1']]);
    const page = await slaLines['stock-availability'].page(store, params(), { limit: 10, offset: 0 });
    expect(page.total).toBe(4);
    expect(page.rows.map((row) => row.result)).toEqual(['missed', 'missed', 'met', 'met']);
    const dear = await slaLines['price-accuracy'].page(store, params(), { limit: 10, offset: 0 });
    expect(dear.rows.map((row) => [row.object_id, row.result])).toEqual([['I-2/1', 'missed'], ['I-1/1', 'met']]);
  });

  it('leaves out what is not due yet', async () => {
    const early = { now: new Date('2026-03-31T23:30:00Z') };
    const found = async (key: (typeof PLAIN_KEYS)[number]) => shown(resultOf(key, await slaTotals[key](store, params({ ...early, target_ms: targetMs(key, settings) })), settings));
    expect(await found('point-of-use-fill')).toEqual(['1/3 of 3']);
    // Three days after its use the second line's posting is not due.
    const [row] = await slaTotals['case-cost-accuracy'](store, params({ now: new Date('2026-03-11') }));
    expect(row).toMatchObject({ n: 1, numerator_sum: '1', denominator_sum: '10' });
    const rows = await slaMatchTotals(store, params(early));
    const orders = rows.filter((one) => one.figure === 'perfect-order');
    expect(shown(resultOf('perfect-order', orders, settings))).toEqual(['1/2 of 2']);
  });

  it('keeps to the facilities asked for', async () => {
    const south = { facilities: ['SOUTH'] };
    const [row] = await slaTotals['stock-availability'](store, params(south));
    expect(row).toMatchObject({ n: 1, numerator_sum: '0', denominator_sum: '1' });
    for (const key of PLAIN_KEYS) if (key !== 'stock-availability') expect(await slaTotals[key](store, params(south)), key).toEqual([]);
    expect(await slaMatchTotals(store, params(south))).toEqual([]);
  });

  it('does not change with duplicates and another order of arrival', async () => {
    await keep(store, [...MATCHED, ...BASIC.map(eventOf)].reverse());
    await keepUp(store, { rules: { ...matchParams(matchRules.parse({})), zones: params().zones, zone: params().zone } });
    expect(await figures()).toEqual(all);
  });
});
