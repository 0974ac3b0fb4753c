import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { insertRows, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { rebuildView } from '../../clickhouse/rebuild';
import { applyRetention, firstKept, logBeginsAt, retentionSettings } from '../../clickhouse/retention';
import type { ContractEvent } from '../../ingest/contract/envelope';
import { OPS_STREAM, subjectOf } from '../../ingest/contract/stream';
import { createDecoder } from '../../ingest/listener/decode';
import { startEngine, type TestEngine } from '../support/engine';
import { decoderParts } from '../support/pipeline';
import { ROOT } from '../support/start';

let engine: TestEngine;
let store: Store;
beforeAll(async () => {
  engine = await startEngine();
  await migrate(storeConfig({ ...process.env, ...engine.env }));
  store = engine.store();
});
afterAll(() => engine?.stop());

const NOW = new Date('2026-04-10T12:00:00Z');
const decoder = createDecoder(decoderParts());
let sequence = 0;

async function tell(events: readonly ContractEvent[], bodies: readonly { at: string; body: string }[] = []): Promise<void> {
  const rows: object[] = [];
  const dead: object[] = [];
  const take = async (stream: string, subject: string, at: string, body: string) => {
    const decoded = await decoder.decode({ stream, seq: ++sequence, subject, recordedAt: Date.parse(at), data: Buffer.from(body), headers: undefined });
    rows.push(...decoded.events);
    dead.push(...decoded.dead);
  };
  for (const event of events) await take(event.type.startsWith('ops.') ? OPS_STREAM : 'EVENTS', subjectOf(event), event.time, JSON.stringify(event));
  for (const { at, body } of bodies) await take('EVENTS', 'events.odd', at, body);
  await insertRows(store, 'events', rows);
  if (dead.length > 0) await insertRows(store, 'dead_letters', dead);
}

/** One day in the middle of each month of half a year: an order, a balance, an item and something that a person did. */
const MONTHS = ['2025-11', '2025-12', '2026-01', '2026-02', '2026-03', '2026-04'];
function ofMonth(month: string): ContractEvent[] {
  const time = `${month}-10T10:00:00Z`;
  const event = (type: string, data: ContractEvent['data']): ContractEvent => ({ specversion: '1.0', source: type.startsWith('ops.') ? 'throughline' : 'test', id: `${type}-${month}`, type, time, data });
  return [
    event('procurement.order.created.v1', { facility: 'F', interface: 'i', target: 't', outcome: 'succeeded', document: { id: `PO-${month}`, date: `${month}-10`, currency: 'USD' }, lines: [{ id: '1', item: 'ITM-1', quantity: '1', uom: 'EA', price: '2' }] }),
    event('inventory.balance.reported.v1', { facility: 'F', document: { id: `B-${month}` }, lines: [{ id: '1', item: 'ITM-1', location: 'L', onHand: '5', uom: 'EA' }] }),
    event('master.item.changed.v1', { document: { id: `ITM-${month}`, date: `${month}-10` }, attributes: { name: 'x', baseUom: 'EA' } }),
    event('ops.payload.opened.v1', { document: { id: `key-${month}` }, actor: { kind: 'human', id: 'u-1' } }),
  ];
}

const count = async (sql: string): Promise<number> => Number((await store.select<{ n: number }>(`SELECT count() AS n FROM ${sql}`))[0]?.n);
const monthsIn = async (table: string, time = 'time', where = '1') => (await store.select<{ m: number }>(`SELECT DISTINCT toYYYYMM(${time}) AS m FROM ${table} FINAL WHERE ${where} ORDER BY m`)).map(({ m }) => m);
const ALL = [202511, 202512, 202601, 202602, 202603, 202604];

beforeEach(async () => {
  for (const { name } of await store.select<{ name: string }>("SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree' AND name != 'schema_migrations'")) await store.command(`TRUNCATE TABLE ${name}`);
  await tell(MONTHS.flatMap(ofMonth), MONTHS.map((month) => ({ at: `${month}-10T10:00:00Z`, body: `nothing ${month}` })));
});

describe('retention by month', () => {
  it('keeps everything where nothing is configured', async () => {
    expect(await applyRetention(store, retentionSettings({}), { now: NOW })).toEqual([]);
    expect(await monthsIn('events')).toEqual(ALL);
  });

  it('clears payloads of old months, and leaves the rest of the row and what people did', async () => {
    const settings = { payload: 2, log: undefined, views: undefined };
    const rows = () => store.select("SELECT * EXCEPT payload FROM events ORDER BY time, event_key");
    const before = await rows();
    const plan = await applyRetention(store, settings, { now: NOW, dryRun: true });
    expect(await count("events WHERE payload = ''")).toBe(0);
    expect(await applyRetention(store, settings, { now: NOW })).toEqual(plan);
    expect(plan).toContainEqual({ what: 'payload', table: 'events', month: 202511, rows: 3 });
    expect(plan).toContainEqual({ what: 'payload', table: 'dead_letters', month: 202601, rows: 1 });
    expect(await monthsIn('events', 'time', "payload = ''")).toEqual([202511, 202512, 202601]);
    expect(await count("events WHERE payload = '' AND startsWith(type, 'ops.')")).toBe(0);
    expect(await monthsIn('dead_letters', 'recorded_at', "raw != ''")).toEqual([202602, 202603, 202604]);
    expect(await rows()).toEqual(before);
    expect(await applyRetention(store, settings, { now: NOW })).toEqual([]);
  });

  it('lets go of the log by whole months, never of what people did, and views stay frozen', async () => {
    const views = async () => Promise.all(['document_lines', 'handovers', 'balances', 'links', 'object_events', 'search_keys', 'master_records'].map((table) => store.select(`SELECT * FROM ${table} FINAL ORDER BY ALL`)));
    const before = await views();
    const done = await applyRetention(store, { payload: undefined, log: 3, views: undefined }, { now: NOW });
    expect(done).toEqual([
      { what: 'log', table: 'events', month: 202511, rows: 3 }, { what: 'log', table: 'events', month: 202512, rows: 3 },
      { what: 'log', table: 'dead_letters', month: 202511, rows: 1 }, { what: 'log', table: 'dead_letters', month: 202512, rows: 1 },
    ]);
    expect(await monthsIn('events', 'time', "NOT startsWith(type, 'ops.')")).toEqual([202601, 202602, 202603, 202604]);
    expect(await monthsIn('events', 'time', "startsWith(type, 'ops.')")).toEqual(ALL);
    expect(await count("events WHERE startsWith(type, 'ops.') AND payload = ''")).toBe(0);
    expect(await monthsIn('dead_letters', 'recorded_at')).toEqual([202601, 202602, 202603, 202604]);
    expect(await views()).toEqual(before);
    expect(await logBeginsAt(store)).toEqual(new Date('2026-01-01T00:00:00Z'));
    expect(await applyRetention(store, { payload: undefined, log: 3, views: undefined }, { now: NOW })).toEqual([]);
    expect(await count("system.tables WHERE startsWith(name, 'events_kept_')")).toBe(0);
    // What comes late for such a month goes with the next run; what people did in it has not come twice.
    await tell(ofMonth('2025-11'));
    expect(await applyRetention(store, { payload: 1, log: 3, views: undefined }, { now: NOW, dryRun: true })).toContainEqual({ what: 'log', table: 'events', month: 202511, rows: 3 });
    await applyRetention(store, { payload: 1, log: 3, views: undefined }, { now: NOW });
    expect(await monthsIn('events', 'time', "NOT startsWith(type, 'ops.')")).toEqual([202601, 202602, 202603, 202604]);
    expect(await count("events FINAL WHERE startsWith(type, 'ops.')")).toBe(6);
  });

  it('leaves frozen months in a view that is rebuilt, also when something came late for one of them', async () => {
    await applyRetention(store, { payload: undefined, log: 3, views: undefined }, { now: NOW });
    const [late] = ofMonth('2025-10');
    if (late) await tell([late]);
    for (const view of ['handovers', 'document_lines']) {
      const before = await store.select(`SELECT * FROM ${view} FINAL ORDER BY ALL`);
      expect(before).toHaveLength(7);
      await rebuildView(store, view);
      expect(await store.select(`SELECT * FROM ${view} FINAL ORDER BY ALL`)).toEqual(before);
    }
  });

  it('lets go of views by month, but never of master data', async () => {
    const done = await applyRetention(store, { payload: undefined, log: 1, views: 2 }, { now: NOW });
    expect([...new Set(done.map(({ table }) => table))].sort()).toEqual(['balances', 'dead_letters', 'document_events', 'document_lines', 'event_keys', 'events', 'handovers', 'item_moves', 'object_events', 'search_keys']);
    for (const table of ['document_lines', 'handovers', 'balances', 'object_events', 'document_events', 'item_moves']) expect([table, await monthsIn(table)]).toEqual([table, [202602, 202603, 202604]]);
    expect(await monthsIn('events', 'time', "NOT startsWith(type, 'ops.')")).toEqual([202603, 202604]);
    expect(await count('master_records FINAL')).toBe(6);
    expect(await count("search_keys WHERE key = 'po-2025-11'")).toBe(0);
    expect(await count("search_keys WHERE key = 'itm-1'")).toBeGreaterThan(0);
    expect(await applyRetention(store, { payload: undefined, log: 1, views: 2 }, { now: NOW })).toEqual([]);
  });

  it('counts months over the turn of a year', () => {
    expect(firstKept(3, NOW)).toBe(202601);
    expect(firstKept(4, NOW)).toBe(202512);
    expect(firstKept(1, new Date('2026-03-31T23:59:59Z'))).toBe(202602);
  });

  it('refuses what cannot be meant, in one line', async () => {
    expect(() => retentionSettings({ THROUGHLINE_RETENTION_LOG_MONTHS: '0' })).toThrow(/^THROUGHLINE_RETENTION_LOG_MONTHS is "0": set it to a number of months from 1 on/);
    expect(() => retentionSettings({ THROUGHLINE_RETENTION_VIEW_MONTHS: '6' })).toThrow(/less than the log is kept/);
    expect(() => retentionSettings({ THROUGHLINE_RETENTION_VIEW_MONTHS: '6', THROUGHLINE_RETENTION_LOG_MONTHS: '7' })).toThrow(/less than the log is kept/);
    const run = async (args: string[], env: Record<string, string>) => {
      const child = spawn(process.execPath, ['server/run/exec.mjs', 'clickhouse/retention.ts', ...args], { cwd: ROOT, env: { ...process.env, ...engine.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
      let said = '';
      for (const output of [child.stdout, child.stderr]) output.on('data', (piece: Buffer) => (said += piece.toString()));
      const [code] = (await once(child, 'close')) as [number];
      return { code, said };
    };
    expect(await run([], { THROUGHLINE_RETENTION_PAYLOAD_MONTHS: 'two' })).toEqual({ code: 1, said: 'retention: THROUGHLINE_RETENTION_PAYLOAD_MONTHS is "two": set it to a number of months from 1 on, or unset it to keep for ever\n' });
    expect((await run([], {})).said).toMatch(/^Everything is kept for ever: set .*\n$/);
    const dry = await run(['--dry-run'], { THROUGHLINE_RETENTION_LOG_MONTHS: '1' });
    expect(dry).toEqual({ code: 0, said: expect.stringMatching(/^log 202511: 3 rows of events would go\n/) as string });
    expect(await monthsIn('events')).toEqual(ALL);
  });
});
