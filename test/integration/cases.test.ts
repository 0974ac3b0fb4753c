import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { caseGroups, caseLines, caseTotals } from '../../clickhouse/queries/cases';
import { createSimulation } from '../../ingest/simulator/simulation';
import type { TruthRecord } from '../../ingest/simulator/truth';
import { refreshWholeDesk } from '../../server/desk/keep';
import { event, record } from '../support/desk';
import { startEngine, type TestEngine } from '../support/engine';
import { decoded, incoming, insertInBatches } from '../support/record';

let engine: TestEngine;
let store: Store;
const whole = { limit: 500, offset: 0 };
const every = { case: '', procedure: '', service: '', item: '', posting_days: 5, tolerance: '0.01' };
type Fields = Record<string, unknown>;

beforeAll(async () => {
  engine = await startEngine();
  store = engine.store();
  await migrate(storeConfig({ ...process.env, ...engine.env }));
});
afterAll(() => engine.stop());

describe('worked by hand', () => {
  const params = { ...every, from: new Date('2026-01-01'), to: new Date('2026-02-01'), facilities: [] as string[], now: new Date('2026-01-31T00:00:00Z') };
  const master = (kind: string, id: string, attributes: Fields, from = '2025-01-01', revision = 1) => event(`master.${kind}.changed`, '2025-12-01T00:00:00Z', { document: { id, revision, date: from }, attributes });
  const usage = (id: string, line: Fields, more: Fields = {}, at = '2026-01-10T18:00:00Z') =>
    event('clinical.usage.recorded', at, { facility: 'HAND', document: { id }, case: `ENC-${id}`, procedureCode: '27130', serviceLine: 'orthopaedics', ...more, lines: [{ id: '1', item: 'CUP', quantity: '1', uom: 'EA', ...line }] });
  const posting = (id: string, of: string | Fields[], amount: string, more: Fields = {}, at = '2026-01-11T08:00:00Z') =>
    event('finance.posting.completed', at, { facility: 'HAND', kind: 'case-cost', document: { id, date: '2026-01-11', currency: 'USD' }, ...more, lines: [{ id: '1', amount, account: '640100', settles: typeof of === 'string' ? [{ type: 'usage', document: of, line: '1' }] : of }] });
  const order = (id: string, item: string, price: string, uom: string, at: string, facility = 'HAND') =>
    event('procurement.order.created', at, { facility, document: { id, date: at.slice(0, 10), currency: 'USD' }, supplier: 'SUP', flowType: 'three-way', lines: [{ id: '1', item, quantity: '1', uom, price }] });
  let lines: Record<string, Awaited<ReturnType<typeof caseLines.page>>['rows'][number]>;

  beforeAll(async () => {
    await record(store, [
      master('location', 'HAND', { kind: 'facility', timeZone: 'America/Chicago' }), master('location', 'SOUTH', { kind: 'facility', timeZone: 'Europe/Vienna' }),
      master('item', 'CUP', { name: 'Cup', baseUom: 'EA', packFactors: [{ uom: 'BX', factor: '3' }] }), master('item', 'SCREW', { name: 'Screw', gtin: '00614141000036', baseUom: 'EA', packFactors: [{ uom: 'BX', factor: '10', gtin: '10614141000033' }] }),
      master('item', 'LIST', { name: 'Listed', baseUom: 'EA', price: '4.5', currency: 'USD' }), master('item', 'LIST', { name: 'Listed', baseUom: 'EA', price: '9', currency: 'USD' }, '2026-01-20', 2),
      master('contract', 'C:CUP', { contract: 'CTR', item: 'CUP', price: '100', uom: 'BX', currency: 'USD', facilities: ['HAND'], validTo: '2026-12-31' }),
      master('contract', 'C:CUP', { contract: 'CTR', item: 'CUP', price: '120', uom: 'BX', currency: 'USD', facilities: ['HAND'], validTo: '2026-12-31' }, '2026-01-15', 2),
      master('contract', 'E:CUP', { contract: 'CTR-E', item: 'CUP', price: '90', uom: 'EA', currency: 'EUR', facilities: ['SOUTH'] }),
      // By contract: 100 a box of 3, and 120 from the 15th on, by the facility's own calendar.
      usage('THIRD', { quantity: '3' }), posting('P1', 'THIRD', '100'),
      usage('EVE', { quantity: '3' }, {}, '2026-01-15T05:30:00Z'), posting('P2', 'EVE', '100'),
      usage('DAY', { quantity: '3' }, {}, '2026-01-15T06:30:00Z'), posting('P3', 'DAY', '100'),
      usage('ONE', {}), posting('P4', 'ONE', '33.33'),
      usage('EUR', {}, { facility: 'SOUTH' }), posting('P5', 'EUR', '90', { facility: 'SOUTH', document: { id: 'P5', date: '2026-01-11', currency: 'EUR' } }),
      // By the item's last order at the facility, converted; an order elsewhere or later is none.
      order('O1', 'SCREW', '50', 'BX', '2026-01-02T10:00:00Z'), order('O2', 'SCREW', '70', 'BX', '2026-01-08T10:00:00Z'), order('O3', 'SCREW', '99', 'BX', '2026-01-12T10:00:00Z'), order('O4', 'SCREW', '1', 'BX', '2026-01-09T10:00:00Z', 'SOUTH'),
      usage('LAST', { item: 'SCREW', quantity: '2' }), posting('P6', 'LAST', '14'), usage('SCAN', { item: undefined, gtin: '10614141000033', uom: 'BX' }), posting('P7', 'SCAN', '70.01'),
      usage('LISTED', { item: 'LIST', quantity: '2' }), posting('P8', 'LISTED', '10'),
      usage('NONE', { item: 'UNKNOWN' }), posting('P9', 'NONE', '5'), usage('NOUNIT', { item: 'SCREW', uom: 'TRAY' }),
      // Taken back in part, in whole; posted and reversed; posted late, not yet, with others, or the case as a whole.
      usage('BACK', { quantity: '3' }), event('clinical.usage.reversed', '2026-01-10T19:00:00Z', { facility: 'HAND', document: { id: 'R1' }, lines: [{ id: '1', usage: { document: 'BACK', line: '1' }, quantity: '2', uom: 'EA' }] }), posting('P10', 'BACK', '33.33'),
      usage('GONE', {}), event('clinical.usage.reversed', '2026-01-10T19:00:00Z', { facility: 'HAND', document: { id: 'R2' }, lines: [{ id: '1', usage: { document: 'GONE', line: '1' }, quantity: '1', uom: 'EA' }] }),
      usage('UNDONE', { quantity: '3' }), posting('P11', 'UNDONE', '100'), event('finance.posting.reversed', '2026-01-12T08:00:00Z', { facility: 'HAND', document: { id: 'P11', revision: 1, date: '2026-01-12', currency: 'USD' } }),
      usage('LATE', { quantity: '3' }), usage('FRESH', { quantity: '3' }, {}, '2026-01-29T18:00:00Z'),
      usage('SH1', {}), usage('SH2', {}), posting('P12', [{ type: 'usage', document: 'SH1', line: '1' }, { type: 'usage', document: 'SH2', line: '1' }], '66.66'),
      usage('WHOLE', {}), posting('P13', [{ type: 'case', document: 'ENC-WHOLE' }], '33.33', { case: 'ENC-WHOLE' }),
      posting('P14', 'LATE', '100', { kind: 'departmental-spend' }),
      usage('OTHERCUR', { quantity: '3' }), posting('P15', 'OTHERCUR', '100', { document: { id: 'P15', date: '2026-01-11', currency: 'EUR' } }),
      // On no case: not of this page.
      event('clinical.usage.recorded', '2026-01-10T18:00:00Z', { facility: 'HAND', document: { id: 'WARD' }, lines: [{ id: '1', item: 'CUP', quantity: '1', uom: 'EA' }] }),
      usage('IMPL', { implant: true, lot: 'L1' }, { case: 'ENC-THIRD' }), posting('P16', 'IMPL', '33.33'),
    ]);
    await refreshWholeDesk(store, 'UTC');
    lines = Object.fromEntries((await caseLines.page(store, { ...params, view: '' }, whole)).rows.map((row) => [row.object_id.split('/')[0] ?? '', row]));
  }, 300_000);

  it('prices each line by the rule that holds, and compares it with what was posted', () => {
    expect(Object.fromEntries(Object.entries(lines).map(([id, row]) => [id, [row.rule, row.rule_source, row.cost, row.posted, row.difference, row.state]]))).toEqual({
      THIRD: ['contract', 'CTR', '100', '100', '0', 'agrees'], EVE: ['contract', 'CTR', '100', '100', '0', 'agrees'], DAY: ['contract', 'CTR', '120', '100', '-20', 'differs'], ONE: ['contract', 'CTR', '33.3333', '33.33', '-0.0033', 'agrees'],
      EUR: ['contract', 'CTR-E', '90', '90', '0', 'agrees'], LAST: ['last order', 'O2', '14', '14', '0', 'agrees'], SCAN: ['last order', 'O2', '70', '70.01', '0.01', 'agrees'], LISTED: ['item master', '', '9', '10', '1', 'differs'],
      NONE: ['none', '', null, '5', null, 'no price'], NOUNIT: ['none', '', null, null, null, 'no price'], BACK: ['contract', 'CTR', '33.3333', '33.33', '-0.0033', 'agrees'], UNDONE: ['contract', 'CTR', '100', '0', '-100', 'differs'],
      LATE: ['contract', 'CTR', '100', null, '-100', 'not posted'], FRESH: ['contract', 'CTR', '120', null, null, 'awaited'], SH1: ['contract', 'CTR', '33.3333', '66.66', null, 'as a whole'], SH2: ['contract', 'CTR', '33.3333', '66.66', null, 'as a whole'],
      WHOLE: ['contract', 'CTR', '33.3333', null, null, 'as a whole'], OTHERCUR: ['contract', 'CTR', '100', '100', null, 'differs'], IMPL: ['contract', 'CTR', '33.3333', '33.33', '-0.0033', 'agrees'],
    });
    expect(lines.NONE).toMatchObject({ currency: 'USD', unit_price: null });
    expect(lines.OTHERCUR).toMatchObject({ currency: 'USD', posted_currency: 'EUR' });
    expect(lines.EUR).toMatchObject({ currency: 'EUR' });
  });

  it('shows cases as tokens only', () => {
    for (const row of Object.values(lines)) expect(row.case_token).toMatch(/^tk1-/);
    expect(JSON.stringify(lines)).not.toContain('ENC-');
    expect(lines.IMPL?.case_token).toBe(lines.THIRD?.case_token);
  });

  it('adds up per currency, and counts beside the sums what is unknown', async () => {
    const totals = await caseTotals(store, params);
    expect(totals.map((row) => [row.currency, row.lines, row.differing, row.not_posted, row.awaited, row.unpriced, row.wholes])).toEqual([['USD', 17, 4, 1, 1, 1, 3], ['', 1, 0, 0, 0, 1, 0], ['EUR', 1, 0, 0, 0, 0, 0]]);
    // One of them used two lines, and on one more all was taken back.
    expect(totals[0]?.all_cases).toBe(18);
    expect(totals[2]).toMatchObject({ priced: '90', posted: '90', off_by: '0' });
    const implants = (await caseGroups.page(store, { ...params, by: 'implant' }, whole)).rows;
    expect(implants).toMatchObject([{ name: 'CUP', label: 'Cup', implants: '1', cases: 1, priced: '33.3333', currency: 'USD' }]);
    const cases = (await caseGroups.page(store, { ...params, by: 'case' }, whole)).rows;
    expect(cases.find((row) => row.name === lines.THIRD?.case_token)).toMatchObject({ lines: 2, priced: '133.3333', posted: '133.33', implants: '1' });
    const procedures = (await caseGroups.page(store, { ...params, by: 'procedure' }, whole)).rows;
    expect(procedures.map((row) => [row.name, row.currency]).sort()).toEqual([['27130', ''], ['27130', 'EUR'], ['27130', 'USD']]);
  });

  it('narrows to a case, a facility and a state', async () => {
    const ask = async (more: object, view = '') => (await caseLines.page(store, { ...params, view, ...more }, whole)).rows.map((row) => row.object_id.split('/')[0]).sort();
    expect(await ask({ case: lines.THIRD?.case_token })).toEqual(['IMPL', 'THIRD']);
    expect(await ask({ facilities: ['SOUTH'] })).toEqual(['EUR']);
    expect(await ask({}, 'wrong')).toEqual(['DAY', 'LATE', 'LISTED', 'OTHERCUR', 'UNDONE']);
    expect(await ask({ procedure: 'none' })).toEqual([]);
    expect(await ask({ procedure: '-' })).toEqual([]);
    expect((await ask({ service: 'orthopaedics' })).length).toBe(19);
    expect(await ask({ item: 'SCREW' })).toEqual(['LAST', 'NOUNIT', 'SCAN']);
  });
});

describe('against what the simulator knows', () => {
  const UNTIL = Date.parse('2026-03-16T12:00:00Z');
  let truth: TruthRecord[];
  let rows: Awaited<ReturnType<typeof caseLines.page>>['rows'];
  let changed: Set<string>;

  beforeAll(async () => {
    const simulation = createSimulation({ seed: 'cases', days: 18, until: UNTIL, facilities: 2, volume: 0.4, truth: true });
    const messages = [...simulation.messages()];
    truth = [...(simulation.truth?.records(UNTIL) ?? [])];
    // A contract price that changed during a day: what was used that morning was worth the old one, and the contract says the day only.
    changed = new Set(messages.flatMap(({ event: one }) => (one?.type === 'master.contract.changed.v1' && (one.data.document as Fields).revision !== 1 ? [`${String((one.data.attributes as Fields).item)} ${String((one.data.document as Fields).date)}`] : [])));
    await insertInBatches(store, 'events', (await decoded(messages.map((message, i) => incoming(message, i + 1, message.publishAt + 100)))).events, [5000]);
    await refreshWholeDesk(store, 'UTC');
    const params = { ...every, from: new Date('2026-02-26'), to: new Date('2026-03-17'), facilities: ['NORTHGATE', 'LAKESIDE'], now: new Date(UNTIL), view: '' };
    rows = [];
    for await (const row of caseLines.stream(store, params)) rows.push(row);
  }, 300_000);

  const faults = (kind: string) => truth.filter((one) => one.record === 'fault' && one.kind === kind);
  const usages = (kind: string) => new Set(faults(kind).flatMap((one) => [...((one.touches ?? []) as Fields[]), ...((one.documents ?? []) as Fields[])]).filter(({ type }) => type === 'usage').map(({ document, line }) => `${String(document)}/${String(line)}`));

  it('finds every posting that is off, and only those', () => {
    const wrong = new Map(faults('wrong-posting').filter((one) => (one.magnitude as Fields).posting === 'case-cost').map((one) => [`${String((one.documents as Fields[])[0]?.document)}/${String((one.documents as Fields[])[0]?.line)}`, one]));
    const settled = new Map(truth.filter((one) => one.record === 'posting').map((one) => [String(one.id), String(one.settles)]));
    const expected = [...wrong.keys()].map((id) => settled.get(id)).filter((id) => id !== undefined && rows.some((row) => row.object_id === id && row.rule !== 'none')).sort();
    expect(expected.length).toBeGreaterThan(2);
    const onChange = (row: (typeof rows)[number]) => ['America/New_York', 'America/Chicago'].some((zone) => changed.has(`${row.item} ${new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(new Date(row.time))}`));
    const found = rows.filter((row) => row.state === 'differs' && row.rule === 'contract' && !onChange(row)).map((row) => row.object_id).sort();
    const byContract = expected.filter((id) => rows.some((row) => row.object_id === id && row.rule === 'contract' && !onChange(row)));
    expect(found).toEqual(byContract);
    expect(byContract.length).toBeGreaterThan(0);
  });

  it('finds what was never posted, once its clock has run out', () => {
    const never = new Set([...usages('missing-posting'), ...usages('failed-posting')]);
    const overdue = rows.filter((row) => row.state === 'not posted').map((row) => row.object_id);
    expect(overdue.filter((id) => !never.has(id))).toEqual([]);
    const due = faults('missing-posting').filter((one) => (one.magnitude as Fields).posting === 'case-cost').flatMap((one) => (one.documents as Fields[]).map(({ document, line }) => `${String(document)}/${String(line)}`))
      .filter((id) => rows.some((row) => row.object_id === id && row.cost !== null && Date.parse(row.time) < UNTIL - 5 * 86_400_000));
    expect(due.length).toBeGreaterThan(0);
    expect(overdue).toEqual(expect.arrayContaining(due));
  });

  it('shows every usage on a case that was not taken back, and nothing of the wards', () => {
    const posted = truth.filter((one) => one.record === 'posting' && one.kind === 'case-cost').map((one) => String(one.settles));
    const known = new Set(rows.map((row) => row.object_id));
    expect(posted.length).toBeGreaterThan(100);
    expect(posted.filter((id) => !known.has(id) && /^USE/.test(id) && truth.some((one) => one.record === 'usage-line' && one.id === id && ['NORTHGATE', 'LAKESIDE'].includes(String(one.facility)) && Number(one.reversed) < Number(one.quantity)))).toEqual([]);
    const wards = new Set(truth.filter((one) => one.record === 'posting' && one.kind === 'departmental-spend').map((one) => String(one.settles)));
    expect([...known].filter((id) => wards.has(id))).toEqual([]);
  });
});
