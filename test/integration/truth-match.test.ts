import Decimal from 'decimal.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStore, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { refreshMatches } from '../../clickhouse/matches';
import { INVOICE_LINES_IN_RANGE, MATCHED_TOTALS, MATCHED_VERDICTS } from '../../clickhouse/queries/match';
import { receiptsNow } from '../../clickhouse/queries/receipts';
import type { TruthRecord } from '../../ingest/simulator/truth';
import { createSimulation } from '../../ingest/simulator/simulation';
import { matchParams } from '../../server/rules/match';
import { startEngine, type TestEngine } from '../support/engine';
import { decoded, incoming, insertInBatches } from '../support/record';

/** The three-way match against what the simulator knows: every verdict of every invoice line, none left out. */

const UNTIL = Date.parse('2026-03-16T12:00:00Z');
const ZONES = { NORTHGATE: 'America/New_York', LAKESIDE: 'America/Chicago', ELISABETH: 'Europe/Berlin', PRAIRIE: 'America/Chicago', CENTRAL: 'America/Chicago' };
const params = { ...matchParams(), from: new Date('2025-01-01'), to: new Date(UNTIL + 86_400_000), facilities: [], zones: ZONES, zone: 'America/Chicago' };

let engine: TestEngine;
let store: Store;
let truth: TruthRecord[];

beforeAll(async () => {
  engine = await startEngine();
  const config = storeConfig({ ...process.env, ...engine.env });
  await migrate(config);
  store = createStore(config);
  const simulation = createSimulation({ seed: '23', days: 25, until: UNTIL, facilities: 2, volume: 0.5, truth: true });
  const rows = await decoded([...simulation.messages()].map((message, index) => incoming(message, index + 1, message.publishAt)));
  // In parts with a run after each, as the product does it.
  const half = Math.ceil(rows.events.length / 2);
  for (const part of [rows.events.slice(0, half), rows.events.slice(half)]) {
    await insertInBatches(store, 'events', part, [10_000]);
    await refreshMatches(store, params);
  }
  truth = [...(simulation.truth?.records(UNTIL) ?? [])];
});
afterAll(async () => {
  await store?.close();
  await engine?.stop();
});

const records = (kind: string) => truth.filter(({ record }) => record === kind);
const text = (value: unknown) => String(value);

describe('the match and what the simulator knows', () => {
  it('every invoice line has the verdict that it was made for', async () => {
    const rows = await store.select<{ id: string; verdict: string; why: string }>(`WITH ${MATCHED_VERDICTS} SELECT object_id AS id, toString(verdict) AS verdict, arithmetic[1] AS why FROM (${INVOICE_LINES_IN_RANGE})`, params);
    const found = new Map(rows.map((row) => [row.id, row]));
    const expected = records('invoice-line').filter(({ cancelled }) => cancelled !== true);
    expect(expected.length).toBeGreaterThan(100);
    const wrong = expected.filter(({ id, expected: verdict }) => found.get(text(id))?.verdict !== verdict && !(found.get(text(id)) === undefined && verdict === null))
      .map(({ id, expected: verdict, findings }) => `${text(id)}: expected ${text(verdict)} [${text(findings)}], found ${found.get(text(id))?.verdict ?? 'nothing'} (${found.get(text(id))?.why ?? ''})`);
    expect(wrong).toEqual([]);
    const known = new Set(records('invoice-line').map(({ id }) => text(id)));
    expect(rows.filter(({ id }) => !known.has(id)).map(({ id }) => id)).toEqual([]);
  });

  it('every order line has its quantities, and is over-delivered where it is', async () => {
    const rows = await store.select<{ id: string; qr: string | null; over: number }>(
      `WITH ${MATCHED_TOTALS} SELECT concat(order_id, '/', order_line) AS id, qr, over_delivered AS over FROM match_totals WHERE known`, params);
    const found = new Map(rows.map((row) => [row.id, row]));
    const wrong: string[] = [];
    for (const line of records('order-line').filter(({ flow }) => flow !== '')) {
      const row = found.get(text(line.id));
      const over = (line.expected as string[]).includes('OVER_DELIVERED');
      if (!row || row.qr === null || !new Decimal(row.qr).eq(text(line.netReceived)) || Boolean(row.over) !== over) wrong.push(`${text(line.id)}: expected ${text(line.netReceived)} ${over}, found ${row?.qr} ${row?.over}`);
    }
    expect(wrong).toEqual([]);
  });

  it('every receipt that no invoice has consumed is listed with what is left of it', async () => {
    const page = await receiptsNow.unmatched.page(store, { ...params, view: 'open', band: '', supplier: '' }, { limit: 500, offset: 0 });
    const found = new Map(page.rows.map((row) => [row.object_id, row]));
    expect(page.total).toBe(page.rows.length);
    const expected: string[] = [];
    for (const line of records('order-line').filter(({ flow }) => flow === 'three-way' || flow === 'three-way-invoice-first')) {
      let invoiced = new Decimal(text(line.netInvoiced));
      for (const receipt of line.receiptLines as { id: string; quantity: string; publishedAt: string | null }[]) {
        if (receipt.publishedAt === null) continue;
        const used = Decimal.min(receipt.quantity, invoiced);
        invoiced = invoiced.minus(used);
        if (new Decimal(receipt.quantity).gt(used)) expected.push(receipt.id);
      }
    }
    expect(expected.length).toBeGreaterThan(5);
    // Where an invoice names another item or a unit without a factor, nobody can tell what it consumed: untold, not open.
    const extra = [...found.values()].filter((row) => row.state === 'open' && !expected.includes(row.object_id)).map((row) => row.object_id);
    expect(extra, 'extra').toEqual([]);
    expect(expected.filter((id) => !found.has(id)), 'missing').toEqual([]);
  });
});
