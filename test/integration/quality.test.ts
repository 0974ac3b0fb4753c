import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { refreshMatches } from '../../clickhouse/matches';
import { storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { itemsOnDay, qualityLines, qualityProblems } from '../../clickhouse/queries/quality';
import { DEFAULT_FAULT_RATES } from '../../ingest/simulator/fault-rates';
import { createSimulation } from '../../ingest/simulator/simulation';
import type { TruthRecord } from '../../ingest/simulator/truth';
import { refreshWholeDesk } from '../../server/desk/keep';
import { lookFor } from '../../server/quality/look';
import { event, handOver, record } from '../support/desk';
import { startEngine, type TestEngine } from '../support/engine';
import { everything } from '../support/match';
import { decoded, incoming, insertInBatches } from '../support/record';

const whole = { limit: 500, offset: 0 };
type Fields = Record<string, unknown>;

async function fresh(): Promise<{ engine: TestEngine; store: Store }> {
  const engine = await startEngine();
  await migrate(storeConfig({ ...process.env, ...engine.env }));
  return { engine, store: engine.store() };
}

describe('worked by hand', () => {
  let engine: TestEngine;
  let store: Store;
  const range = { from: new Date('2026-01-01'), to: new Date('2026-02-01'), facilities: [] as string[] };
  const master = (kind: string, id: string, attributes: Fields, from = '2025-01-01', revision = 1) => event(`master.${kind}.changed`, '2025-12-01T00:00:00Z', { document: { id, revision, date: from }, attributes });
  const head = (id: string, more: Fields = {}) => ({ facility: 'HAND', document: { id, revision: 0, date: '2026-01-10', currency: 'USD' }, supplier: 'SUP', flowType: 'three-way', ...more });
  const order = (id: string, line: Fields, more: Fields = {}, at = '2026-01-10T10:00:00Z') => event('procurement.order.created', at, { ...head(id, more), lines: [{ id: '1', item: 'GLOVE', quantity: '2', uom: 'BX', price: '10', ...line }] });
  const usage = (id: string, line: Fields, at = '2026-01-10T10:00:00Z') => event('clinical.usage.recorded', at, { facility: 'HAND', document: { id, date: '2026-01-10' }, lines: [{ id: '1', quantity: '2', uom: 'EA', ...line }] });
  let problems: Record<string, Awaited<ReturnType<typeof qualityProblems.page>>['rows'][number]>;

  beforeAll(async () => {
    ({ engine, store } = await fresh());
    await record(store, [order('BEFORE', { item: 'NOWHERE', uom: 'TRAY', costCentre: 'CC-X', location: 'LOC-X', contract: 'CTR-X' }, { supplier: 'NOBODY' })]);
    await refreshWholeDesk(store, 'UTC');
    const without = await lookFor(store, { ...range, to: new Date('2026-01-31') });
    // Without any master data nothing can be said.
    expect((await qualityProblems.page(store, without.params, whole)).total).toBe(0);
    await record(store, [
      master('item', 'GLOVE', { name: 'Glove', gtin: '00614141000036', baseUom: 'EA', packFactors: [{ uom: 'BX', factor: '100' }, { uom: ' cs ', factor: '1000', gtin: '10614141000033' }] }),
      master('item', 'BARE', { name: 'Says no unit' }), master('supplier', 'SUP', { name: 'Meridian Orthopaedics' }), master('supplier', 'SUP-2', { name: 'MERIDIAN  Orthopaedics, Inc.' }, '2025-06-01'), master('supplier', 'OTHER', { name: 'Meridian Spine' }),
      master('supplier', 'IDLE-A', { name: 'Aldgate' }), master('supplier', 'IDLE-B', { name: 'Aldgate GmbH & Co. KG' }, '2025-06-01'),
      master('location', 'OR-1', { name: 'Room' }), master('costcenter', 'CC-1', { name: 'Rooms' }), master('contract', 'CTR:GLOVE', { contract: 'CTR', item: 'GLOVE', price: '10', uom: 'BX', currency: 'USD' }), master('contract', 'CTR:BARE', { contract: 'CTR', item: 'BARE' }),
      order('FINE', { location: 'OR-1', costCentre: 'CC-1', contract: 'CTR' }), order('CASE', { uom: 'cs' }), order('LEAST', { item: 'BARE', uom: 'DOZEN' }),
      // A pack without a factor: the order, and its invoice that cannot be evaluated.
      order('TRAY', { uom: 'TRAY' }), event('finance.invoice.received', '2026-01-12T10:00:00Z', { facility: 'HAND', document: { id: 'I-TRAY', date: '2026-01-12', currency: 'USD' }, invoiceNumber: '1', supplier: 'SUP', lines: [{ id: '1', order: { document: 'TRAY', line: '1' }, item: 'GLOVE', quantity: '4', uom: 'PACK', price: '5' }] }),
      event('procurement.receipt.confirmed', '2026-01-11T10:00:00Z', { facility: 'HAND', document: { id: 'R-TRAY', date: '2026-01-11' }, supplier: 'SUP', lines: [{ id: '1', order: { document: 'TRAY', line: '1' }, item: 'GLOVE', quantity: '2', uom: 'BX' }] }),
      order('TWICE', {}, { supplier: 'SUP-2' }), order('NAMELESS', {}, { supplier: 'NOBODY', document: { id: 'NAMELESS', revision: 0, date: '2026-01-10', currency: 'EUR' }, facility: 'SOUTH' }),
      order('PLACE', { location: 'LOC-X' }), order('COST', { costCentre: 'CC-X', price: undefined }), order('PRICE', { item: 'BARE', uom: 'EA', contract: 'CTR' }), order('NOCTR', { contract: 'CTR-9' }),
      // Mended by a later revision; taken back; out of the range.
      order('MENDED', { item: 'MISTAKE' }), event('procurement.order.changed', '2026-01-11T10:00:00Z', { ...head('MENDED'), document: { id: 'MENDED', revision: 1, date: '2026-01-10', currency: 'USD' }, lines: [{ id: '1', item: 'GLOVE', quantity: '2', uom: 'BX', price: '10' }] }),
      order('OLD', { item: 'LONG-AGO' }, {}, '2025-11-10T10:00:00Z'),
      usage('U-ITEM', { item: 'GLOVE' }), usage('U-SCAN', { gtin: '10614141000033' }), usage('U-LOST', { gtin: '04012345678901' }), usage('U-WRONG', { item: 'GHOST' }), usage('U-WRONG2', { item: 'GHOST' }), usage('U-BACK', { item: 'GHOST' }), usage('U-NAMELESS', {}),
      event('clinical.usage.reversed', '2026-01-10T12:00:00Z', { facility: 'HAND', document: { id: 'UR', date: '2026-01-10' }, lines: [{ id: '1', usage: { document: 'U-BACK', line: '1' }, item: 'GHOST', quantity: '2', uom: 'EA' }] }),
      // An order with an unknown location whose hand-over does not come through.
      handOver('procurement.order.created', '2026-01-13T10:00:00Z', 'STUCK', { interface: 'procurement-to-erp', source: 'procurement', target: 'erp', facility: 'HAND', outcome: 'failed', lines: [{ id: '1', item: 'GLOVE', quantity: '1', uom: 'BX', location: 'LOC-X' }] }),
    ]);
    await refreshMatches(store, everything(), { full: true });
    await refreshWholeDesk(store, 'UTC');
    const { params } = await lookFor(store, range);
    problems = Object.fromEntries((await qualityProblems.page(store, params, whole)).rows.map((row) => [`${row.kind} ${row.record}${row.currency ? ` ${row.currency}` : ''}`, row]));
  }, 300_000);
  afterAll(() => engine.stop());

  it('finds each kind, with its lines, its money and what it breaks', () => {
    expect(Object.fromEntries(Object.entries(problems).map(([key, row]) => [key, [row.lines, row.value, row.unpriced, row.failures, row.brings]]))).toEqual({
      'unmapped-usage GHOST': [2, null, 2, 0, ''], 'unmapped-usage GTIN 04012345678901': [1, null, 1, 0, ''],
      'unknown-item NOWHERE USD': [1, '20', 0, 0, ''],
      'missing-pack-factor GLOVE TRAY USD': [1, '20', 0, 0, ''], 'missing-pack-factor GLOVE PACK USD': [1, '20', 0, 1, 'UOM_UNRESOLVED'],
      'duplicate-supplier SUP + SUP-2 USD': [1, '20', 0, 0, ''], 'duplicate-supplier IDLE-A + IDLE-B': [0, null, 0, 0, ''],
      'unknown-supplier NOBODY USD': [1, '20', 0, 0, ''], 'unknown-supplier NOBODY EUR': [1, '20', 0, 0, ''],
      'unknown-location LOC-X USD': [2, '40', 0, 0, ''], 'unknown-location LOC-X': [1, null, 1, 1, ''],
      'unknown-cost-centre CC-X USD': [2, '20', 1, 0, ''],
      'missing-contract-price CTR-X NOWHERE USD': [1, '20', 0, 0, ''], 'missing-contract-price CTR BARE USD': [1, '20', 0, 0, ''], 'missing-contract-price CTR-9 GLOVE USD': [1, '20', 0, 0, ''],
    });
  });

  it('counts an order\'s money once, whatever its line goes on to', async () => {
    await record(store, [event('procurement.receipt.confirmed', '2026-01-12T10:00:00Z', { facility: 'HAND', document: { id: 'R-NOWHERE', date: '2026-01-12' }, lines: [{ id: '1', order: { document: 'BEFORE', line: '1' }, item: 'NOWHERE', quantity: '2', uom: 'BX' }] }),
      event('finance.invoice.received', '2026-01-12T10:00:00Z', { facility: 'HAND', document: { id: 'I-NOWHERE', date: '2026-01-12', currency: 'USD' }, invoiceNumber: '2', supplier: 'SUP', lines: [{ id: '1', order: { document: 'BEFORE', line: '1' }, item: 'NOWHERE', quantity: '2', uom: 'BX', price: '10' }] })]);
    await refreshWholeDesk(store, 'UTC');
    const { params } = await lookFor(store, range, 'unknown-item');
    const rows = (await qualityProblems.page(store, params, whole)).rows;
    expect(rows.map((row) => [row.kind, row.currency, row.lines, row.value])).toEqual(expect.arrayContaining([['unknown-item', 'USD', 2, '20']]));
    expect(rows.every((row) => row.kind === 'unknown-item')).toBe(true);
  });

  it('leads to the lines, and says what each breaks', async () => {
    const { params } = await lookFor(store, range);
    const lines = (await qualityLines.page(store, { ...params, record: '', failing: 1 }, whole)).rows;
    expect(lines.map((row) => [row.kind, row.object_id, row.failure]).sort()).toEqual([['missing-pack-factor', 'I-TRAY/1', 'UOM_UNRESOLVED'], ['unknown-location', 'STUCK/1', 'hand-over HTTP_504']]);
    const ghosts = (await qualityLines.page(store, { ...params, record: 'GHOST', failing: 0 }, whole)).rows;
    expect(ghosts.map((row) => [row.line_type, row.object_id, row.value]).sort()).toEqual([['usage', 'U-WRONG/1', null], ['usage', 'U-WRONG2/1', null]]);
    const south = await lookFor(store, { ...range, facilities: ['SOUTH'] });
    expect((await qualityLines.page(store, { ...south.params, record: '', failing: 0 }, whole)).rows.map((row) => row.object_id)).toEqual(['NAMELESS/1']);
  });

  it('shows the item master as it holds on a day', async () => {
    await record(store, [
      master('item', 'GLOVE', { name: 'Glove, new', baseUom: 'EA', packFactors: [{ uom: 'BX', factor: '90' }] }, '2026-03-01', 2), master('item', 'GLOVE', { name: 'Glove, corrected', baseUom: 'EA', packFactors: [{ uom: 'BX', factor: '80' }] }, '2026-03-01', 3),
      master('item', 'LATER', { name: 'To come' }, '2026-06-01'),
    ]);
    const on = async (day: string) => (await itemsOnDay.page(store, { on: day, text: '' }, whole)).rows.map((row) => [row.item, row.name, row.packs, row.version, row.valid_from, row.next_change]);
    expect(await on('2024-12-31')).toEqual([]);
    expect(await on('2026-02-28')).toEqual([['BARE', 'Says no unit', '', 1, '2025-01-01', null], ['GLOVE', 'Glove', 'BX = 100,  cs  = 1000', 1, '2025-01-01', '2026-03-01']]);
    expect(await on('2026-03-01')).toEqual([['BARE', 'Says no unit', '', 1, '2025-01-01', null], ['GLOVE', 'Glove, corrected', 'BX = 80', 3, '2026-03-01', null]]);
    expect((await on('2026-06-01')).map(([item]) => item)).toEqual(['BARE', 'GLOVE', 'LATER']);
    expect((await itemsOnDay.page(store, { on: '2026-06-01', text: 'to COME' }, whole)).rows.map((row) => row.item)).toEqual(['LATER']);
  });
});

describe('against what the simulator knows', () => {
  const UNTIL = Date.parse('2026-03-16T12:00:00Z');
  let engine: TestEngine;
  let store: Store;
  let truth: TruthRecord[];
  let rows: Awaited<ReturnType<typeof qualityProblems.page>>['rows'];
  let lines: Awaited<ReturnType<typeof qualityLines.page>>['rows'];

  beforeAll(async () => {
    ({ engine, store } = await fresh());
    const simulation = createSimulation({ seed: 'quality', days: 21, until: UNTIL, facilities: 2, volume: 0.5, truth: true, rates: { ...DEFAULT_FAULT_RATES, unknownPack: 0.03, duplicateSupplier: 0.3, unmappedItem: 0.02 } });
    const messages = [...simulation.messages()];
    truth = [...(simulation.truth?.records(UNTIL) ?? [])];
    await insertInBatches(store, 'events', (await decoded(messages.map((message, i) => incoming(message, i + 1, message.publishAt + 100)))).events, [5000]);
    await refreshMatches(store, everything(), { full: true });
    await refreshWholeDesk(store, 'UTC');
    const { params } = await lookFor(store, { from: new Date('2026-02-01'), to: new Date('2026-03-17'), facilities: [] });
    rows = (await qualityProblems.page(store, params, whole)).rows;
    lines = (await qualityLines.page(store, { ...params, record: '', failing: 0 }, whole)).rows;
  }, 300_000);
  afterAll(() => engine.stop());

  const faults = (kind: string) => truth.filter((one) => one.record === 'fault' && one.kind === kind && one.evidencePublishedAt !== null);
  const linesOf = (kind: string) => lines.filter((row) => row.kind === kind).map((row) => row.object_id).sort();

  it('finds every duplicate supplier, and none else', () => {
    const planted = faults('duplicate-supplier').map((one) => [(one.magnitude as Fields).of, (one.documents as { document: string }[])[0]?.document].join(' + ')).sort();
    expect(planted.length).toBeGreaterThan(1);
    expect(rows.filter((row) => row.kind === 'duplicate-supplier').map((row) => row.record).sort()).toEqual(planted);
  });

  it('finds every invoice line in a pack without a factor, and its unresolved verdict', () => {
    const planted = faults('unknown-pack').map((one) => (one.documents as { document: string; line: string }[]).map(({ document, line }) => `${document}/${line}`)[0]).sort();
    expect(planted.length).toBeGreaterThan(3);
    // An invoice that comes twice is twice in that pack.
    const unexplained = truth.filter((one) => one.record === 'invoice-line' && one.quantity === null).map((one) => String(one.id)).sort();
    expect(unexplained).toEqual(expect.arrayContaining(planted));
    // Another item than ordered was invoiced, in a pack that it is not sold in.
    const wrong = new Set(faults('wrong-item').flatMap((one) => (one.documents as { document: string; line: string }[]).map(({ document, line }) => `${document}/${line}`)));
    expect(linesOf('missing-pack-factor').filter((id) => unexplained.includes(id) || !wrong.has(id))).toEqual(unexplained);
    const unresolved = new Set(truth.filter((one) => one.record === 'invoice-line' && (one.findings as string[]).includes('UOM_UNRESOLVED')).map((one) => String(one.id)));
    for (const row of lines.filter(({ kind }) => kind === 'missing-pack-factor')) if (unresolved.has(row.object_id)) expect([row.object_id, row.failure]).toEqual([row.object_id, expect.stringContaining('UOM_UNRESOLVED')]);
  });

  it('finds every usage of what the item master has not, but for what was taken back', () => {
    const expected = truth.filter((one) => one.record === 'usage-line' && one.mapped === false && Number(one.reversed) < Number(one.quantity)).map((one) => String(one.id)).sort();
    expect(expected.length).toBeGreaterThan(3);
    expect(linesOf('unmapped-usage')).toEqual(expected);
  });

  it('finds nothing where nothing was planted', () => {
    expect(rows.filter((row) => !['unmapped-usage', 'missing-pack-factor', 'duplicate-supplier'].includes(row.kind)).map((row) => [row.kind, row.record])).toEqual([]);
  });
});
