import { spawn } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { jetstreamManager } from '@nats-io/jetstream';
import { headers, nanos } from '@nats-io/transport-node';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Cursor, cursorFolder } from '../../ingest/import/cursor';
import { openSource } from '../../ingest/import/source';
import { createMapper, loadConfiguredMappings, loadMappings } from '../../ingest/mapping';
import { startPipeline, type Pipeline } from '../support/pipeline';
import { chainsAnew, refreshChains } from '../../clickhouse/chains';
import { count, textOf, traces } from '../support/real/count.mjs';

/**
 * Imports end to end: the command as a person runs it, a real stream, listener and store between. What ends in the
 * store is compared with counts taken from the files by other means. With THROUGHLINE_REAL_DATA=<folder> the log
 * files in it (below bpic2019/ and scms/) go through the same tests.
 */
const ROOT = path.resolve(import.meta.dirname, '../..');
const FIXTURES = path.join(ROOT, 'test/support/fixtures');

let pipeline: Pipeline;
let folder = '';
beforeAll(async () => {
  folder = await mkdtemp(path.join(os.tmpdir(), 'throughline-import-'));
  pipeline = await startPipeline({ mappings: await loadConfiguredMappings({}) });
});
afterAll(async () => {
  await pipeline.stop();
  await rm(folder, { recursive: true, force: true });
});

interface Run {
  code: number | null;
  out: string;
  last: string;
}

/** Runs the command with a data folder of its own name: another name knows nothing of earlier runs. */
function runImport(data: string, ...args: string[]): Promise<Run> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, ['--import', 'tsx', path.join(ROOT, 'ingest/import/main.ts'), ...args], {
      cwd: ROOT,
      env: { ...process.env, ...pipeline.engine.env, ...pipeline.nats.env, THROUGHLINE_DATA: path.join(folder, data), INIT_CWD: FIXTURES },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let out = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (out += chunk.toString()));
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, out, last: out.trimEnd().split('\n').at(-1) ?? '' }));
  });
}

const one = async (sql: string, params: Record<string, unknown> = {}): Promise<number> => Number((await pipeline.store.select<{ n: number }>(sql, params))[0]?.n ?? Number.NaN);

/** What the store has of one source. */
async function stored(source: string) {
  const lines = (type: string, aspect: string) =>
    one('SELECT count() AS n FROM document_lines FINAL WHERE source = {source:String} AND document_type = {type:String} AND aspect = {aspect:String}', { source, type, aspect });
  return {
    events: await one('SELECT uniqExact(event_key) AS n FROM events WHERE source = {source:String}', { source }),
    conflicts: await one('SELECT uniqExact(event_key) - uniqExact(identity) AS n FROM events WHERE source = {source:String}', { source }),
    deadLetters: await one('SELECT uniqExact(stream_seq) AS n FROM dead_letters WHERE startsWith(mapping, {source:String})', { source }),
    orderLines: await lines('order', 'created'),
    receiptsNet: (await lines('receipt', 'confirmed')) - (await lines('receipt', 'reversed')),
    invoicesNet: (await lines('invoice', 'received')) - (await lines('invoice', 'cancelled')),
  };
}

interface Chain {
  id: string;
  receipt: boolean;
  invoice: boolean;
  posting: boolean;
}

/** What a purchase-to-pay log says of each order line by plain counting: what came less what was taken back, and whether the invoice was cleared. */
function chainsByOtherMeans(file: string): Map<string, Chain & { category: string }> {
  const chains = new Map<string, Chain & { category: string }>();
  for (const { name, category, activities } of traces(textOf(file))) {
    const of = (activity: string) => activities.filter((each) => each === activity).length;
    const [order, line] = name.split('_');
    if (activities.length === 0 || !order || !line) continue;
    chains.set(`${order}/${line}`, {
      id: `${order}/${line}`, category: category || '(none)', receipt: of('Record Goods Receipt') > of('Cancel Goods Receipt'), invoice: of('Record Invoice Receipt') > of('Cancel Invoice Receipt'), posting: of('Clear Invoice') > 0,
    });
  }
  return chains;
}

/** Every order line of the file against its chain; prints both counts by category. Answers how many chains were compared. */
async function compareChains(file: string, ...except: string[]): Promise<number> {
  await chainsAnew(pipeline.store);
  await pipeline.store.command('TRUNCATE TABLE chains');
  await refreshChains(pipeline.store);
  const rows = await pipeline.store.select<{ id: string; receipt: string; invoice: string; posting: string }>("SELECT id, receipt, invoice, posting FROM chains FINAL WHERE anchor = 'order-line' AND NOT gone");
  const kept = new Map(rows.map(({ id, receipt, invoice, posting }): [string, Chain] => [id, { id, receipt: receipt === 'present', invoice: invoice === 'present', posting: posting === 'present' }]));
  const expected = [...chainsByOtherMeans(file).values()].filter(({ id }) => !except.includes(id));
  const tally = new Map<string, { lines: number; receipts: [number, number]; invoices: [number, number]; postings: [number, number] }>();
  for (const { category, ...chain } of expected) {
    const own = kept.get(chain.id);
    const sum = tally.get(category) ?? { lines: 0, receipts: [0, 0], invoices: [0, 0], postings: [0, 0] };
    tally.set(category, sum);
    sum.lines += 1;
    for (const [what, is, found] of [['receipts', chain.receipt, own?.receipt], ['invoices', chain.invoice, own?.invoice], ['postings', chain.posting, own?.posting]] as const) {
      sum[what][0] += is ? 1 : 0;
      sum[what][1] += found ? 1 : 0;
    }
  }
  for (const [category, { lines, ...stages }] of tally) console.log(`${path.basename(file)} ${category}: ${lines} order lines; with ${Object.entries(stages).map(([stage, [file_, store]]) => `${stage} ${file_} in the file, ${store} in the chains`).join('; ')}`);
  expect(expected.filter(({ category: _, ...chain }) => JSON.stringify(kept.get(chain.id)) !== JSON.stringify(chain)).map((chain) => ({ ...chain, found: kept.get(chain.id) }))).toEqual([]);
  return expected.length;
}

describe('an import', () => {
  it('of a purchase-to-pay log ends with every event recorded or dead-lettered, run once or often', async () => {
    const counted = count(path.join(FIXTURES, 'purchase-to-pay.xes'));
    const first = await runImport('a', 'purchase-to-pay.xes', '--mapping', 'bpic2019');
    expect(first.out).toContain('dead letter ABSURD_TIME');
    expect(first.out).toContain('dead letter UNMAPPED');
    // One of the six traces is empty: a dead letter beside the 38 events.
    expect(first.last).toBe('purchase-to-pay.xes: 6 traces, 39 records read: 36 events recorded and readable, 3 dead letters.');
    expect(first.code).toBe(0);
    const once = await stored('bpic2019');
    expect(once).toEqual({ events: 36, conflicts: 0, deadLetters: 3, orderLines: 5, receiptsNet: counted.receiptsNet, invoicesNet: counted.invoicesNet });
    expect(once.events + once.deadLetters).toBe(counted.events + 1);
    expect(await compareChains(path.join(FIXTURES, 'purchase-to-pay.xes'))).toBeGreaterThan(3);

    const second = await runImport('a', 'purchase-to-pay.xes', '--mapping', 'bpic2019');
    expect(second.out).toContain('An earlier run has published this file');
    expect(second.last).toBe(first.last);

    // Another folder, another name, and past JetStream's own window for duplicates.
    const manager = await jetstreamManager(pipeline.connection);
    await manager.streams.update('EVENTS', { duplicate_window: nanos(100) });
    await copyFile(path.join(FIXTURES, 'purchase-to-pay.xes'), path.join(folder, 'renamed.xes'));
    const third = await runImport('b', path.join(folder, 'renamed.xes'), '--mapping', 'bpic2019');
    expect(third.out).toContain('Published: 36 new to the stream');
    expect(third.last).toBe(first.last.replace('purchase-to-pay', 'renamed'));
    expect(await stored('bpic2019')).toEqual(once);
  });

  it('keeps the reason, the mapping and the record of what became no event', async () => {
    const letters = await pipeline.store.select<{ reason_code: string; reason: string; mapping: string; expression: string; raw: string }>('SELECT reason_code, reason, mapping, expression, raw FROM dead_letters ORDER BY reason_code');
    expect(letters.map(({ reason_code }) => reason_code)).toEqual(['ABSURD_TIME', 'EMPTY_TRACE', 'UNMAPPED']);
    expect(letters[0]).toMatchObject({ mapping: 'bpic2019@1', expression: 'time' });
    expect(letters[0]?.raw).toContain('4507000004_00010');
  });

  it('of a delivery history with lone CR, a byte-order mark and words for dates', async () => {
    const run = await runImport('a', 'deliveries.csv', '--mapping', 'scms');
    expect(run.last).toBe('deliveries.csv: 6 rows, 6 records read: 16 events recorded and readable, 2 dead letters.');
    expect(await stored('scms')).toMatchObject({ events: 16, conflicts: 0, deadLetters: 2, orderLines: 4, receiptsNet: 4 });
    const [failed] = await pipeline.store.select<{ expression: string; reason: string }>("SELECT expression, reason FROM dead_letters WHERE mapping = 'scms@1' AND reason_code = 'MAPPING_FAILED'");
    expect(failed).toMatchObject({ expression: 'let sent', reason: expect.stringContaining('PO Sent to Vendor Date') as string });
    const [noPrice] = await pipeline.store.select<{ quantity: string | null; price: string | null }>("SELECT quantity, price FROM document_lines FINAL WHERE source = 'bpic2019' AND document_type = 'order' LIMIT 1");
    expect(noPrice).toEqual({ quantity: null, price: null });
  });

  it('of NDJSON and OCEL 2.0 with a mapping from a file', async () => {
    const lines = await runImport('a', 'receipts.ndjson', '--mapping', 'mappings/receipts.yaml');
    expect(lines.last).toBe('receipts.ndjson: 6 lines, 6 records read: 2 events recorded and readable, 4 dead letters.');
    const log = await runImport('a', 'log.ocel.json', '--mapping', 'mappings/ocel.yaml');
    expect(log.last).toBe('log.ocel.json: 4 events, 4 records read: 2 events recorded and readable, 2 dead letters.');
  });

  it('goes on where it stopped, and says when something is missing', async () => {
    const file = path.join(FIXTURES, 'receipts.ndjson');
    const [mapping] = await loadMappings(path.join(FIXTURES, 'mappings/receipts.yaml'));
    if (!mapping) throw new Error('not loaded');
    const cursor = async (data: string, units: number, finished: boolean) => {
      const source = await openSource(file, 'ndjson', {});
      const state = await Cursor.open(cursorFolder({ ...process.env, THROUGHLINE_DATA: path.join(folder, data) }), source.hash, mapping.fingerprint, {});
      await state.save({ file: 'x', mapping: mapping.label, units, finished });
    };
    await cursor('c', 4, false);
    const rest = await runImport('c', 'receipts.ndjson', '--mapping', 'mappings/receipts.yaml');
    expect(rest.out).toContain('Going on after record 4');
    expect(rest.out).toContain('4 records were published by an earlier run');
    expect(rest.code).toBe(0);

    await pipeline.store.command("DELETE FROM events WHERE source = 'warehouse' AND id = 'R-2'");
    const short = await runImport('c', 'receipts.ndjson', '--mapping', 'mappings/receipts.yaml', '--wait', '1');
    expect(short.last).toMatch(/1 events recorded and readable, 4 dead letters\. 1 NOT THERE YET/);
    expect(short.code).toBe(1);
    const again = await runImport('c', 'receipts.ndjson', '--mapping', 'mappings/receipts.yaml', '--again');
    expect(again.last).toMatch(/2 events recorded and readable, 4 dead letters\.$/);
  });

  it('only counts in a dry run', async () => {
    const run = await runImport('d', 'deliveries.csv', '--mapping', 'scms', '--dry-run');
    expect(run.last).toBe('Dry run: 6 rows, 6 records read; 16 events and 2 dead letters would be published.');
    expect(readdirSync(folder)).not.toContain('d');
  });

  it.each([
    [['nowhere.csv', '--mapping', 'scms'], /^import: there is no file .*nowhere\.csv$/],
    [['deliveries.csv', '--mapping', 'nobody'], /^import: there is no mapping nobody; there are .*bpic2019/],
    [['deliveries.csv'], /^import: say which mapping reads .*deliveries\.csv/],
    [['deliveries.csv', '--mapping', 'scms', '--set', 'color=red'], /^import: mapping scms@1 has no parameter color; it has currency$/],
    [['deliveries.csv', '--mapping', 'scms', '--format', 'xlsx'], /^import: --format xlsx is not known/],
    [['deliveries.csv', '--mapping', 'bpic2019', '--format', 'xes'], /^import: the XML is broken/],
    [[], /^import: say which file to import/],
  ])('%j ends in one line', async (args, line) => {
    const run = await runImport('e', ...args);
    expect(run.code).toBe(1);
    expect(run.last).toMatch(line);
  });
});

describe('live messages of a middleware', () => {
  it('go through the mapping of their subject', async () => {
    const mapping = createMapper(await loadConfiguredMappings({})).forSubject('events.legacy.receipts.NORTH');
    expect(mapping?.name).toBe('legacy-receipts');
    const body = { messageNo: 'M-1', site: 'NORTH', bookedAt: '2026-03-06 14:05', parcels: [{ grn: '77', pos: 1, po: '450', poPos: '10', qty: '3', unit: 'EA' }, { grn: '77', pos: 2, qty: '3 boxes' }, { pos: 3 }] };
    await pipeline.send([{ subject: 'events.legacy.receipts.NORTH', body: JSON.stringify(body), headers: headers(), msgId: 'legacy-1' }]);
    const events = await pipeline.store.select<{ id: string; mapping: string; facility: string }>("SELECT id, mapping, facility FROM events FINAL WHERE source = 'legacy-warehouse'");
    expect(events).toEqual([{ id: 'M-1-77-1', mapping: 'legacy-receipts@1', facility: 'NORTH' }]);
    const dead = await pipeline.store.select<{ part: number; reason_code: string; mapping: string; expression: string }>("SELECT part, reason_code, mapping, expression FROM dead_letters WHERE mapping = 'legacy-receipts@1' ORDER BY part");
    expect(dead).toEqual([
      { part: 1, reason_code: 'MAPPING_FAILED', mapping: 'legacy-receipts@1', expression: 'data.lines[0].quantity' },
      { part: 2, reason_code: 'IGNORED', mapping: 'legacy-receipts@1', expression: '' },
    ]);
  });
});

/** Real logs, where somebody has them: files below <folder>/bpic2019 and <folder>/scms. */
const REAL = process.env.THROUGHLINE_REAL_DATA ?? '';
const realFiles = REAL === '' ? [] : ['bpic2019', 'scms'].flatMap((kind) => readdirSync(path.join(REAL, kind)).map((name) => ({ kind, name, file: path.join(REAL, kind, name) })));

it.each(realFiles)('the real file $kind/$name counts in the store as it counts by other means', { timeout: 900_000 }, async ({ kind, name, file }) => {
  for (const table of ['events', 'document_lines', 'dead_letters', 'links']) await pipeline.store.command(`TRUNCATE TABLE ${table}`);
  const counted = count(file);
  const run = await runImport(`real-${name}`, file, '--mapping', kind, '--wait', '300');
  expect(run.code).toBe(0);
  const found = await stored(kind);
  expect({ ...found, events: found.events + found.deadLetters }).toMatchObject({ events: counted.events, conflicts: 0, orderLines: counted.orderLines, receiptsNet: counted.receiptsNet, invoicesNet: counted.invoicesNet });
  if (kind === 'bpic2019') expect(await compareChains(file)).toBe(counted.orderLines);
});
