import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { reconciliationGaps, reconciliationKeys, reconciliationWindows } from '../../clickhouse/queries/reconciliation';
import { DEFAULT_FAULT_RATES } from '../../ingest/simulator/fault-rates';
import { createSimulation } from '../../ingest/simulator/simulation';
import type { SimEvent } from '../../ingest/simulator/outbox';
import type { TruthRecord } from '../../ingest/simulator/truth';
import { refreshWholeDesk } from '../../server/desk/keep';
import { dayWindow } from '../../server/reconciliation/day';
import { event, handOver, record } from '../support/desk';
import { startEngine, type TestEngine } from '../support/engine';
import { decoded, incoming, insertInBatches } from '../support/record';

let engine: TestEngine;
let store: Store;

beforeAll(async () => {
  engine = await startEngine();
  store = engine.store();
  await migrate(storeConfig({ ...process.env, ...engine.env }));
});
afterAll(() => engine.stop());

const whole = { limit: 500, offset: 0 };

describe('worked by hand', () => {
  const DAY = { from: '2026-01-05T06:00:00Z', to: '2026-01-06T06:00:00Z' };
  const REPORTED = '2026-01-06T09:00:00Z';
  const params = (now = '2026-01-08T00:00:00Z') => ({ from: new Date('2026-01-01'), to: new Date('2026-02-01'), facilities: [], now: new Date(now), interface: '', due_hours: 12 });
  const totals = (name: string, system: string, count: number, more: Record<string, unknown> = {}, at = REPORTED) =>
    event('reconciliation.totals.reported', at, { interface: name, facility: 'HAND', system, window: DAY, count, ...more }, { source: system });
  const sides = (name: string, s: Record<string, unknown>, t: Record<string, unknown>) => [
    totals(name, 'a', Number(s.count), { side: 'source', counterpart: 'b', ...s }), totals(name, 'b', Number(t.count), { side: 'target', counterpart: 'a', ...t }),
  ];
  const over = (name: string, outcome = 'succeeded') => ({ interface: name, source: 'a', target: 'b', facility: 'HAND', outcome });
  const order = (name: string, document: string, at = '2026-01-05T12:00:00Z', outcome = 'succeeded') => handOver('procurement.order.created', at, document, over(name, outcome));
  let windows: Record<string, Awaited<ReturnType<typeof reconciliationWindows.page>>['rows'][number]>;
  let keys: Awaited<ReturnType<typeof reconciliationKeys.page>>['rows'];

  beforeAll(async () => {
    await record(store, [
      ...sides('agree', { count: 2, value: '10.50', currency: 'USD', keys: ['A1', 'A2'] }, { count: 2, value: '10.5', currency: 'USD', keys: ['A2', 'A1'] }), order('agree', 'A1'), order('agree', 'A2'),
      // B2 was handed over before the target counted, and the target has it not; B3 was handed over later; B4 never.
      ...sides('missing', { count: 4, records: [{ key: 'B1', value: '1' }, { key: 'B2', value: '2' }, { key: 'B3', value: '4' }, { key: 'B4', value: '8' }], value: '15', currency: 'USD' }, { count: 1, records: [{ key: 'B1', value: '1' }], value: '1', currency: 'USD' }),
      order('missing', 'B1'), order('missing', 'B2'), order('missing', 'B3', '2026-01-05T12:00:00Z', 'failed'), order('missing', 'B3', '2026-01-07T12:00:00Z'), order('missing', 'B4', '2026-01-05T12:00:00Z', 'failed'),
      ...sides('later', { count: 2, keys: ['C1', 'C2'] }, { count: 1, keys: ['C1'] }), order('later', 'C1'), order('later', 'C2', '2026-01-05T12:00:00Z', 'failed'), order('later', 'C2', '2026-01-06T15:00:00Z'),
      ...sides('extra', { count: 1, keys: ['D1'] }, { count: 2, records: [{ key: 'D1' }, { key: 'D9', value: '7.25' }], currency: 'USD' }), order('extra', 'D1'),
      ...sides('value', { count: 2, value: '30', currency: 'USD', records: [{ key: 'E1', value: '10' }, { key: 'E2', value: '20' }] }, { count: 2, value: '33.3', currency: 'USD', records: [{ key: 'E1', value: '10.0' }, { key: 'E2', value: '23.3' }] }), order('value', 'E1'), order('value', 'E2'),
      // What one side does not say is no difference.
      ...sides('unsaid', { count: 2, value: '30', currency: 'USD', keys: ['F1', 'F2'] }, { count: 2, records: [{ key: 'F1', value: '1', status: 'posted' }, { key: 'F2' }] }), order('unsaid', 'F1'), order('unsaid', 'F2'),
      ...sides('status', { count: 2, records: [{ key: 'G1', status: 'sent' }, { key: 'G2', status: 'sent' }], byStatus: { sent: 2 } }, { count: 2, records: [{ key: 'G1', status: 'received' }, { key: 'G2', status: 'rejected' }], byStatus: { received: 1, rejected: 1 } }), order('status', 'G1'), order('status', 'G2'),
      ...sides('statuses', { count: 3, byStatus: { sent: 3 } }, { count: 3, byStatus: { created: 2, failed: 1 } }), ...['H1', 'H2', 'H3'].map((id) => order('statuses', id)),
      ...sides('words', { count: 3, byStatus: { sent: 3 } }, { count: 3, byStatus: { created: 2, posted: 1, failed: 0 } }), ...['HA', 'HB', 'HC'].map((id) => order('words', id)),
      ...sides('counts', { count: 5, value: '50', currency: 'USD' }, { count: 4, value: '41', currency: 'USD' }),
      ...sides('currencies', { count: 1, value: '50', currency: 'USD' }, { count: 1, value: '50', currency: 'EUR' }), order('currencies', 'J1'),
      totals('silent', 'a', 3, { side: 'source', counterpart: 'b', value: '9', currency: 'USD' }),
      totals('sourceless', 'b', 3, { side: 'target', counterpart: 'a' }),
      // Neither says which end it is: the interface's name does, or the hand-overs do.
      totals('buy-to-book', 'buy', 1, { keys: ['K1'] }), totals('buy-to-book', 'book', 0, { keys: [] }),
      totals('IF042', 'a', 1, { keys: ['L1'] }), totals('IF042', 'b', 1, { keys: ['L2'] }), order('IF042', 'L1'),
      // The later report stands for the earlier one.
      ...sides('again', { count: 2, keys: ['M1', 'M2'] }, { count: 1, keys: ['M1'] }), totals('again', 'b', 2, { side: 'target', counterpart: 'a', keys: ['M1', 'M2'] }, '2026-01-07T09:00:00Z'), order('again', 'M1'), order('again', 'M2'),
      // The source says other than what was recorded here.
      ...sides('log', { count: 2, keys: ['N1', 'N2'] }, { count: 2, keys: ['N1', 'N2'] }), order('log', 'N1'), order('log', 'N3'),
      // One source, two targets: each stands for itself, and the source reports for both at once.
      totals('fan', 'a', 2, { side: 'source', keys: ['P1', 'P2'] }), totals('fan', 'b', 2, { side: 'target', keys: ['P1', 'P2'] }), totals('fan', 'c', 1, { side: 'target', keys: ['P2'] }),
    ]);
    await refreshWholeDesk(store, 'UTC');
    windows = Object.fromEntries((await reconciliationWindows.page(store, { ...params(), view: '' }, whole)).rows.filter((row) => row.facility === 'HAND').map((row) => [row.interface === 'fan' ? `fan ${row.target}` : row.interface, row]));
    keys = (await reconciliationKeys.page(store, { ...params(), window: '', kind: '', view: '' }, whole)).rows.filter((row) => row.facility === 'HAND');
  });

  it('says of each window how it stands and what differs', () => {
    expect(Object.fromEntries(Object.entries(windows).map(([name, row]) => [name, [row.state, row.what, row.gap_value, row.currency]]))).toEqual({
      'agree': ['agrees', '', null, 'USD'],
      'missing': ['open', '3 missing in target', '14', 'USD'],
      'later': ['settled', '1 missing in target', null, ''],
      'extra': ['open', '1 extra in target', '7.25', 'USD'],
      'value': ['open', '1 at another value', '3.3', 'USD'],
      'unsaid': ['agrees', '', null, 'USD'],
      'status': ['open', '1 in another status', null, ''],
      'statuses': ['open', 'counts by status differ', null, ''],
      'words': ['agrees', '', null, ''],
      'counts': ['open', 'counts differ, values differ', '9', 'USD'],
      'currencies': ['open', 'currencies differ', null, 'USD'],
      'silent': ['silent', 'target is silent', '9', 'USD'],
      'sourceless': ['silent', 'source is silent', null, ''],
      'buy-to-book': ['open', '1 missing in target', null, ''],
      'IF042': ['open', '1 missing in target, 1 extra in target', null, ''],
      'again': ['agrees', '', null, ''],
      'log': ['agrees', '', null, ''],
      'fan b': ['agrees', '', null, ''],
      'fan c': ['open', '1 missing in target', null, ''],
    });
    expect(windows['buy-to-book']).toMatchObject({ source: 'buy', target: 'book', s_count: 1, t_count: 0 });
    expect(windows.IF042).toMatchObject({ source: 'a', target: 'b' });
    expect(windows.silent).toMatchObject({ s_count: 3, t_count: null, t_value: null, target: 'b', since: '2026-01-06T18:00:00.000Z' });
    expect(windows.sourceless).toMatchObject({ s_count: null, t_count: 3, source: 'a' });
    expect(windows.later?.settled_at).toBe('2026-01-06T15:00:00.000Z');
  });

  it('names the very keys, with what the log knows of them', () => {
    expect(keys.map((row) => [row.interface, row.kind, row.key, row.state, row.s_value, row.t_value, row.object_type, row.handed_over]).sort((a, b) => String(a).localeCompare(String(b)))).toEqual([
      ['buy-to-book', 'missing', 'K1', 'open', null, null, '', 0],
      ['extra', 'extra', 'D9', 'open', null, '7.25', '', 0],
      ['fan', 'missing', 'P1', 'open', null, null, '', 0],
      ['IF042', 'extra', 'L2', 'open', null, null, '', 0],
      ['IF042', 'missing', 'L1', 'open', null, null, 'order', 1],
      ['later', 'missing', 'C2', 'settled', null, null, 'order', 0],
      ['log', 'unreported', 'N3', 'noted', null, null, 'order', 1],
      ['log', 'unseen', 'N2', 'noted', null, null, '', 0],
      ['missing', 'missing', 'B2', 'open', '2', null, 'order', 1],
      ['missing', 'missing', 'B3', 'settled', '4', null, 'order', 0],
      ['missing', 'missing', 'B4', 'open', '8', null, 'order', 0],
      ['status', 'status', 'G2', 'open', null, null, 'order', 1],
      ['value', 'value', 'E2', 'open', '20', '23.3', 'order', 1],
    ].sort((a, b) => String(a).localeCompare(String(b))));
  });

  it('counts against the log, and leaves a window that nothing was recorded of unjudged', () => {
    expect(windows.log).toMatchObject({ log_sent: 2, log_arrived: 2, log_differs: 1 });
    expect(windows.missing).toMatchObject({ log_sent: 4, log_arrived: 3, log_differs: 0 });
    expect(windows.counts).toMatchObject({ log_sent: 0, log_differs: 0 });
  });

  it('waits for an end that may still report', async () => {
    const rows = (await reconciliationWindows.page(store, { ...params('2026-01-06T17:59:00Z'), view: 'awaited' }, whole)).rows;
    expect(rows.map((row) => row.interface).sort()).toEqual(['silent', 'sourceless']);
    expect((await reconciliationGaps.page(store, params('2026-01-06T17:59:00Z'), whole)).rows.filter((row) => row.state === 'silent')).toEqual([]);
  });

  it('gives the open gaps under keys of their own', async () => {
    const { rows } = await reconciliationGaps.page(store, params(), whole);
    const open = rows.filter((row) => row.facility === 'HAND');
    expect(open).toHaveLength(12);
    expect(new Set(open.map((row) => row.window_key)).size).toBe(12);
    expect(open.find((row) => row.interface === 'missing')).toMatchObject({ value: '14', currency: 'USD', keys: 3, since: '2026-01-06T09:00:00.000Z' });
  });

  it('shows nobody what lies at other facilities', async () => {
    expect((await reconciliationWindows.page(store, { ...params(), facilities: ['ELSEWHERE'], view: '' }, whole)).total).toBe(0);
    expect((await reconciliationKeys.page(store, { ...params(), facilities: ['ELSEWHERE'], window: '', kind: '', view: '' }, whole)).total).toBe(0);
  });
});

describe('against what the simulator knows', () => {
  const UNTIL = Date.parse('2026-03-16T12:00:00Z');
  let truth: TruthRecord[];
  let events: SimEvent[];
  let rows: Awaited<ReturnType<typeof reconciliationWindows.page>>['rows'];
  const name = (one: Record<string, unknown>) => `${String(one.interface)} ${String(one.source)} ${String(one.target)} ${String(one.facility)} ${String(one.date)}`;
  const zones = new Map([['NORTHGATE', 'America/New_York'], ['LAKESIDE', 'America/Chicago'], ['CENTRAL', 'America/Chicago']]);

  beforeAll(async () => {
    // Over a change of clocks; what each end says arrives, in whatever order.
    const rates = { lateMessage: 0, silences: 0, unreadableMessage: 0 };
    const simulation = createSimulation({ seed: 'reconcile', days: 21, until: UNTIL, facilities: 2, volume: 0.5, truth: true, rates: { ...DEFAULT_FAULT_RATES, ...rates, reconciliationLost: 0.03, reconciliationExtra: 0.03, reconciliationValue: 0.04, reconciliationSilent: 0.03 } });
    const messages = [...simulation.messages()];
    truth = [...(simulation.truth?.records(UNTIL) ?? [])];
    events = messages.flatMap((message) => (message.event ? [message.event] : []));
    const { events: made } = await decoded(messages.map((message, i) => incoming(message, i + 1, message.publishAt + 100)));
    await insertInBatches(store, 'events', made, [3000, 700]);
    await refreshWholeDesk(store, 'UTC');
    rows = (await Promise.all([0, 500].map((offset) => reconciliationWindows.page(store, { from: new Date('2026-02-20'), to: new Date('2026-03-17'), facilities: [], now: new Date(UNTIL), interface: '', due_hours: 3, view: '' }, { limit: 500, offset })))).flatMap((page) => page.rows);
  }, 300_000);

  /** The local day of a window, by the zone that the facility's master record says. */
  const dated = (row: (typeof rows)[number]) => {
    const zone = zones.get(row.facility) ?? 'UTC';
    return name({ ...row, date: new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(new Date(row.window_from)) });
  };

  it('finds every difference that there is, and none else', () => {
    for (const one of events.filter(({ type }) => type === 'master.location.changed.v1')) {
      const { attributes, document } = one.data as { attributes: { kind?: string; timeZone?: string }; document: { id: string } };
      if (attributes.timeZone) zones.set(document.id, attributes.timeZone);
    }
    const found = rows.filter((row) => row.state !== 'agrees').map((row) => `${dated(row)}: ${row.what}`);
    const expected = truth.filter((one) => one.record === 'reconciliation').map((one) => {
      const of = (field: string) => (one[field] as string[]).length;
      const parts = [
        one.arrived === null ? 'target is silent' : '', of('missing') > 0 ? `${of('missing')} missing in target` : '', of('extra') > 0 ? `${of('extra')} extra in target` : '', of('otherValue') > 0 ? `${of('otherValue')} at another value` : '',
      ];
      return one.keyed === true ? `${name(one)}: ${parts.filter((part) => part !== '').join(', ')}` : `${name(one)}: ${one.arrived === null ? 'target is silent' : 'not keyed'}`;
    });
    expect(expected.length).toBeGreaterThan(30);
    const unkeyed = new Set(expected.filter((one) => one.endsWith(': not keyed')).map((one) => one.slice(0, one.indexOf(':'))));
    expect(found.filter((one) => !unkeyed.has(one.slice(0, one.indexOf(':')))).sort()).toEqual(expected.filter((one) => !one.endsWith(': not keyed')).sort());
    // Every kind was planted.
    for (const kind of ['missing in target', 'extra in target', 'at another value', 'target is silent']) expect(expected.some((one) => one.includes(kind)), kind).toBe(true);
  });

  it('holds open what was planted, and settles only what was handed over later', () => {
    // A document is there when each of its messages that began in the window has arrived, one of them after the target counted.
    const settledByMessages = (key: string, row: (typeof rows)[number]) => {
      const messages = new Map<string, { began: number; arrived: number[] }>();
      for (const one of events) {
        const document = one.data.document as { id?: string; revision?: number } | undefined;
        if (one.data.target !== row.target || one.data.interface !== row.interface || document?.id !== key || one.type.endsWith('.failed.v1')) continue;
        const message = messages.get(`${one.type} ${document.revision ?? 0}`) ?? { began: Infinity, arrived: [] };
        message.began = Math.min(message.began, Date.parse(one.time) - Number(one.data.latencyMs ?? 0));
        if (one.data.outcome === 'succeeded') message.arrived.push(Date.parse(one.time));
        messages.set(`${one.type} ${document.revision ?? 0}`, message);
      }
      const own = [...messages.values()].filter(({ began }) => began >= Date.parse(row.window_from) && began < Date.parse(row.window_to));
      return own.every(({ arrived }) => arrived.length > 0) && own.some(({ arrived }) => arrived.some((at) => at > Date.parse(row.since)));
    };
    const byName = new Map(rows.map((row) => [dated(row), row]));
    let settled = 0;
    for (const one of truth.filter((each) => each.record === 'reconciliation')) {
      const row = byName.get(name(one));
      const of = (field: string) => one[field] as string[];
      const planted = one.arrived === null || of('lost').length + of('extra').length + of('otherValue').length > 0;
      if (planted) expect(['open', 'silent'], name(one)).toContain(row?.state);
      else if (row && one.keyed === true) {
        const all = of('missing').every((key) => settledByMessages(key, row));
        expect(row.state, name(one)).toBe(all ? 'settled' : 'open');
        if (all) settled++;
      }
    }
    expect(settled).toBeGreaterThan(0);
  });

  it('takes a day with a change of clocks as 23 hours', () => {
    const day = rows.filter((row) => dated(row).endsWith('2026-03-08'));
    expect(day.length).toBeGreaterThan(5);
    for (const row of day) {
      const bounds = dayWindow('2026-03-08', zones.get(row.facility) ?? 'UTC');
      expect([row.window_from, row.window_to]).toEqual([bounds?.from.toISOString(), bounds?.to.toISOString()]);
      expect(Date.parse(row.window_to) - Date.parse(row.window_from)).toBe(23 * 3_600_000);
    }
  });

  it('agrees with the log wherever the source counted', () => {
    expect(rows.filter((row) => row.log_differs === 1 && row.s_count !== null).map((row) => [dated(row), row.s_count, row.log_sent])).toEqual([]);
  });
});
