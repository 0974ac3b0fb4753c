import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { chainFactsKnown } from '../../clickhouse/queries/lineage-as-of';
import { namedQueries } from '../../clickhouse/query';
import { fillLog } from '../bench/fill';
import { LOAD_UNTIL } from '../bench/load';
import { startEngine, type TestEngine } from '../support/engine';
import { goes, plannedReads, said, sampleParams, type Expectation, type Way } from '../support/query-reads';
import { CHAIN_READS } from '../support/reads-chains';
import { DESK_READS } from '../support/reads-desk';
import { DESK_DAY_READS } from '../support/reads-desk-days';
import { EXCEPTION_READS } from '../support/reads-exceptions';
import { EXPORT_READS } from '../support/reads-export';
import { INVOICE_READS } from '../support/reads-invoices';
import { LINK_READS } from '../support/reads-links';
import { MATCH_READS } from '../support/reads-match';
import { PAGE_READS } from '../support/reads-pages';
import { SLA_READS } from '../support/reads-sla';
import { STOCKOUT_READS } from '../support/reads-stockout';

/**
 * Every named query finds its rows by the index it was designed for. What that is stands in test/support/reads-*.ts; a
 * query without a word there fails here. The log holds several months, so that months, keys and skip indexes have
 * something to leave out.
 */

const EXPECTED: Readonly<Record<string, Expectation>> = { ...PAGE_READS, ...SLA_READS, ...CHAIN_READS, ...LINK_READS, ...EXPORT_READS, ...EXCEPTION_READS, ...DESK_READS, ...DESK_DAY_READS, ...MATCH_READS, ...STOCKOUT_READS, ...INVOICE_READS };
/** Five days, and ten times as much of the months before. */
const EVENTS = 110_000;
const BASE = 10_000;
const DAY_MS = 86_400_000;
const ROOT = path.resolve(import.meta.dirname, '../..');

const FOLDERS = ['clickhouse/queries', 'clickhouse'];
for (const folder of FOLDERS) {
  for (const file of readdirSync(path.join(ROOT, folder))) if (file.endsWith('.ts')) await import(path.join(ROOT, folder, file));
}

const patterns = Object.keys(EXPECTED).map((name) => ({ name, like: new RegExp(`^${name.replaceAll('*', '.*')}$`) }));
/** A whole name before a family, a longer pattern before a shorter one. */
const patternOf = (query: string) => patterns.filter(({ like }) => like.test(query)).sort((a, b) => Number(a.name.includes('*')) - Number(b.name.includes('*')) || b.name.length - a.name.length)[0]?.name;

let engine: TestEngine;
let store: Store;
let usual: Record<string, unknown>;

beforeAll(async () => {
  engine = await startEngine();
  store = engine.store();
  await migrate(storeConfig({ ...process.env, ...engine.env }));
  await fillLog(store, EVENTS, '1', () => undefined, BASE);
  await store.command("INSERT INTO backups VALUES (now64(3), 'made', 'EVENTS', now64(3))");
  await store.command("INSERT INTO incident_events (document_id, revision, action, time) VALUES ('incident', 1, 'opened', '2026-03-10 00:00:00')");
  await store.command("INSERT INTO retakes (letter_recorded_at, stream, stream_seq, time) VALUES ('2026-03-10 00:00:00', 'EVENTS', 1, '2026-03-11 00:00:00')");
  await store.command("INSERT INTO completeness_days (day, facility) VALUES ('2026-01-01', 'NORTHGATE'), ('2026-03-12', 'NORTHGATE')");
  await store.command("INSERT INTO inferred_links (node_type, node_id, direction, peer_type, peer_id, run) SELECT 'usage', toString(number), 'down', 'requisition-line', toString(number), 1 FROM numbers(50000)");
  await store.command("INSERT INTO exceptions (settled, key, run) SELECT number % 5 > 0, toString(number), 1 FROM numbers(50000)");
  await store.command("INSERT INTO exception_actions (key, revision) SELECT toString(number), 1 FROM numbers(50000)");
  await store.command("INSERT INTO saved_views (person, page, name) VALUES ('someone', 'exceptions', 'mine')");
  await store.command("INSERT INTO exception_runs (run) VALUES (1)");
  await store.command("INSERT INTO reconciliation_closings (day, facility) VALUES ('2026-03-11', 'NORTHGATE')");
  await store.command("INSERT INTO matched_invoice_lines_beside (object_id, rule_version, run) SELECT object_id, 'other', 1 FROM matched_invoice_lines");
  await store.command("INSERT INTO receipts_as_of (moment) VALUES ('moment'), ('another')");
  await store.command("INSERT INTO stockout_lines (facility, item, run) VALUES ('NORTHGATE', 'ITEM', 1)");
  await store.command('INSERT INTO stockout_runs (run) SELECT toUnixTimestamp64Milli(now64(3))');
  await store.command("INSERT INTO users (id, email) VALUES ('u', 'someone@example.org')");
  usual = await usualParams();
}, 300_000);
afterAll(() => engine.stop());

/** A week of the last months, and keys that are in the log. */
async function usualParams(): Promise<Record<string, unknown>> {
  const [line] = await store.select<{ order: string; line: string; object: string; invoice: string; time: string }>(
    `SELECT order_id AS order, order_line AS line, concat(order_id, '/', order_line) AS object, document_id AS invoice, time FROM document_lines
     WHERE document_type = 'invoice' AND aspect = 'received' AND order_id != '' AND order_line != '' AND NOT startsWith(order_id, 'c') ORDER BY time LIMIT 1`);
  const [event] = await store.select<{ key: string; id: string; trace: string; time: string; identity: string }>(
    "SELECT toString(event_key) AS key, id, substring(traceparent, 4, 32) AS trace, time, toString(identity) AS identity FROM events WHERE traceparent != '' ORDER BY time DESC LIMIT 1");
  const [chain] = await store.select<{ day: string }>("SELECT toString(started_day) AS day FROM chains WHERE anchor = 'order-line' AND id = {id:String} LIMIT 1", { id: line?.object ?? '' });
  if (!line || !event || !chain) throw new Error('the log that was to be asked is empty');
  const to = new Date(LOAD_UNTIL);
  const from = new Date(LOAD_UNTIL - 7 * DAY_MS);
  return {
    from, to, at: to, now: to, known_at: to, day: '2026-03-12', since: from, until: new Date(), time: new Date(event.time), zone: 'America/Chicago', zones: { NORTHGATE: 'America/Chicago' }, step: 'day',
    order: line.order, line: line.line, orders: [line.order], documents: [line.invoice], items: ['ITEM'], invoice: '', supplier: '', item: '',
    types: ['order-line'], ids: [line.object], document_types: ['order'], document_ids: [line.order], lines: [line.line], type: 'order-line', id: line.object,
    anchor_types: ['order-line', 'usage', 'requisition-line'], days: [chain.day], anchors: ['order-line'], anchor_ids: [line.object, 'usage', 'requisition'], began: from,
    row_types: ['order'], row_documents: [line.order], row_lines: [line.line], order_ids: [line.object], order_documents: [line.order],
    usage_ids: ['usage'], requisition_ids: ['requisition'], requisition_documents: ['requisition'], posting_ids: ['posting'],
    direction: 'down', ways: ['down'], deepest: 16, keys: [line.object.toLowerCase()], prefix: '', tokens: ['token'], trace: event.trace, event_key: event.key, cases: ['case'], most: 50,
    recordedAt: from, afterTime: from, action: 'made', email: 'someone@example.org', database: 'test', table: 'events', view: 'all', month: '202603',
  };
}

describe('every named query', () => {
  it('says what it reads by', () => {
    expect([...namedQueries.keys()].filter((name) => patternOf(name) === undefined)).toEqual([]);
  });

  it('of which something is said exists', () => {
    const used = new Set([...namedQueries.keys()].map(patternOf));
    expect(Object.keys(EXPECTED).filter((name) => !used.has(name))).toEqual([]);
  });

  it('is defined where this test looks', () => {
    const elsewhere = ['server', 'ingest', 'app'].flatMap((folder) => readdirSync(path.join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file) && /\bdefine(Query|List)\(/.test(readFileSync(path.join(ROOT, folder, file), 'utf8'))));
    expect(elsewhere).toEqual([]);
  });
});

const OF_EVENTS: Way = 'key toStartOfHour(time),facility,interface,type,time,event_key';
const OF_DOCUMENTS: Way = 'key document_type,document_id,line_id';

const explained = [...namedQueries.values()].filter(({ name }) => EXPECTED[patternOf(name) ?? '']?.unexplained === undefined);

it('facts of a chain at a past moment, which no plan of the chain shows, are found by their keys', async () => {
  const reads = await plannedReads(store, chainFactsKnown, sampleParams(chainFactsKnown, usual));
  expect(reads.map(({ table }) => table).sort()).toEqual(['document_lines', 'events']);
  for (const read of reads) expect(goes(read, read.table === 'events' ? OF_EVENTS : OF_DOCUMENTS), said(read)).toBe(true);
});

describe('reads by the index it was designed for', () => {
  it.each(explained.map(({ name }) => name))('%s', async (name) => {
    const sql = namedQueries.get(name)?.sql ?? '';
    const { reads: wanted = {}, params = {} } = EXPECTED[patternOf(name) ?? ''] ?? {};
    const reads = await plannedReads(store, sql, sampleParams(sql, { ...usual, ...params }));
    const tables = [...new Set(reads.map(({ table }) => table))].sort();
    expect(tables, 'tables that are read').toEqual(Object.keys(wanted).sort());
    for (const table of tables) {
      const ways: readonly Way[] = [wanted[table] ?? []].flat() as Way[];
      const ofTable = reads.filter((read) => read.table === table);
      const story = ofTable.map(said).join('\n');
      for (const read of ofTable) expect(ways.some((way) => goes(read, way)), `one of ${JSON.stringify(ways)}: ${said(read)}`).toBe(true);
      for (const way of ways) expect(ofTable.some((read) => goes(read, way)), `${JSON.stringify(way)} is taken:\n${story}`).toBe(true);
    }
  });
});
