import { afterAll, beforeAll, expect, it } from 'vitest';
import { refreshMatches } from '../../clickhouse/matches';
import { migrate } from '../../clickhouse/migrate';
import { startEngine, type TestEngine } from '../support/engine';
import { everything, invoice, keep, order, receipt } from '../support/match';
import { through } from '../support/through';

/** A run of the match for one invoice reads a small part of what is kept, however much that is. */

let engine: TestEngine;
beforeAll(async () => {
  engine = await startEngine();
}, 60_000);
afterAll(() => engine.stop());

const LINE = { quantity: '10', uom: 'EA', price: '100.00' };
const KEPT = 400_000;
const READ_AT_MOST = 40_000;

it('of an order with invoices on many days', async () => {
  const database = 'reads';
  await migrate({ url: engine.url, user: engine.user, password: engine.password, database });
  const store = engine.store(database);
  await keep(store, [order('O1', LINE), invoice('I1', 'O1', { ...LINE, quantity: '1' }, { on: '2024-01-02' }), invoice('I2', 'O1', { ...LINE, quantity: '1' }, { on: '2026-03-10' })]);
  await refreshMatches(store, everything());
  await store.command(`INSERT INTO matched_invoice_lines (object_id, time, run, order_id, document_id, verdict)
    SELECT concat('K', toString(number)), toDateTime64('2024-01-01 00:00:00', 3, 'UTC') + toIntervalMinute(number * 3), 1, concat('KO', toString(number)), concat('KI', toString(number)), 'MATCHED' FROM numbers(${KEPT})`);
  await store.command("INSERT INTO matched_invoice_lines_beside (object_id, rule_version, run) VALUES ('K1', 'other', 1)");
  await keep(store, [receipt('R1', 'O1', '10'), invoice('I3', 'O1', { ...LINE, quantity: '1' }, { on: '2025-06-01' })]);
  const asked = new Set<string>();
  const watched = through(store, (name, run) => {
    asked.add(name);
    return run({ max_rows_to_read: String(READ_AT_MOST) });
  });
  expect((await refreshMatches(watched, everything()))?.orders).toBe(1);
  expect([...asked]).toEqual(expect.arrayContaining(['match_verdicts_gone', 'match_totals_gone', 'match_beside_gone']));
  expect(await store.select("SELECT object_id, verdict FROM matched_invoice_lines FINAL WHERE NOT gone AND order_id = 'O1' ORDER BY object_id"))
    .toEqual(['I1/1', 'I2/1', 'I3/1'].map((object_id) => ({ object_id, verdict: 'MATCHED' })));
}, 120_000);
