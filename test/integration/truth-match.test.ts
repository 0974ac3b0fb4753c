import Decimal from 'decimal.js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createStore, storeConfig, type Store } from '../../clickhouse/client';
import { migrate } from '../../clickhouse/migrate';
import { refreshMatches } from '../../clickhouse/matches';
import { refreshAllOpen } from '../../clickhouse/open-work';
import { INVOICE_LINES_IN_RANGE, MATCHED_TOTALS, MATCHED_VERDICTS } from '../../clickhouse/queries/match';
import { receiptsNow } from '../../clickhouse/queries/receipts';
import type { TruthRecord } from '../../ingest/simulator/truth';
import { scaledRates } from '../../ingest/simulator/fault-rates';
import { createSimulation } from '../../ingest/simulator/simulation';
import { matchParams } from '../../server/rules/match';
import { startEngine, type TestEngine } from '../support/engine';
import { decoded, incoming, insertInBatches } from '../support/record';

/** The three-way match against what the simulator knows, in a network without faults, in the usual one and in a bad one: every verdict of every invoice line, none left out. */

const UNTIL = Date.parse('2026-03-16T12:00:00Z');
const ZONES = { NORTHGATE: 'America/New_York', LAKESIDE: 'America/Chicago', ELISABETH: 'Europe/Berlin', PRAIRIE: 'America/Chicago', CENTRAL: 'America/Chicago' };
const params = { ...matchParams(), from: new Date('2025-01-01'), to: new Date(UNTIL + 86_400_000), facilities: [], zones: ZONES, zone: 'America/Chicago' };

/** Of the usual fault rates, and how much has to be there to say anything. */
const NETWORKS = [
  { name: 'no faults', factor: 0, open: 1, planted: 0 },
  { name: 'the usual faults', factor: 1, open: 6, planted: 10 },
  { name: 'five times the usual faults', factor: 5, open: 6, planted: 40 },
];

let engine: TestEngine;
beforeAll(async () => {
  engine = await startEngine();
}, 60_000);
afterAll(() => engine?.stop());

const text = (value: unknown) => String(value);
interface Found {
  id: string;
  document: string;
  order: string;
  verdict: string;
  findings: string[];
  arithmetic: string[];
}

describe.each(NETWORKS)('the match and what the simulator knows: $name', ({ factor, open, planted }) => {
  let store: Store;
  let truth: TruthRecord[];
  let lines: Map<string, Found>;
  beforeAll(async () => {
    const config = { ...storeConfig({ ...process.env, ...engine.env }), database: `truth_${factor}` };
    await migrate(config);
    store = createStore(config);
    const simulation = createSimulation({ seed: '23', days: 25, until: UNTIL, facilities: 2, volume: 0.5, truth: true, rates: scaledRates(factor) });
    const rows = await decoded([...simulation.messages()].map((message, index) => incoming(message, index + 1, message.publishAt)));
    // In parts with a run after each, as the product does it.
    const half = Math.ceil(rows.events.length / 2);
    for (const part of [rows.events.slice(0, half), rows.events.slice(half)]) {
      await insertInBatches(store, 'events', part, [10_000]);
      await refreshMatches(store, params);
      await refreshAllOpen(store);
    }
    truth = [...(simulation.truth?.records(UNTIL) ?? [])];
    const found = await store.select<Found>(`WITH ${MATCHED_VERDICTS} SELECT object_id AS id, document_id AS document, concat(order_id, '/', order_line) AS order, toString(verdict) AS verdict, findings, arithmetic FROM (${INVOICE_LINES_IN_RANGE})`, params);
    lines = new Map(found.map((row) => [row.id, row]));
    expect(lines.size).toBe(found.length);
  }, 300_000);
  afterAll(() => store?.close());

  const records = (kind: string) => truth.filter(({ record }) => record === kind);


  it('every invoice line has the verdict that it was made for', async () => {
    const expected = records('invoice-line').filter(({ cancelled }) => cancelled !== true);
    expect(expected.length).toBeGreaterThan(100);
    const wrong = expected.filter(({ id, expected: verdict }) => lines.get(text(id))?.verdict !== verdict && !(lines.get(text(id)) === undefined && verdict === null))
      .map(({ id, expected: verdict, findings }) => `${text(id)}: expected ${text(verdict)} [${text(findings)}], found ${lines.get(text(id))?.verdict ?? 'nothing'} (${lines.get(text(id))?.arithmetic[0] ?? ''})`);
    expect(wrong).toEqual([]);
    const known = new Set(records('invoice-line').map(({ id }) => text(id)));
    expect([...lines.values()].filter(({ id }) => !known.has(id)).map(({ id }) => id)).toEqual([]);
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
    expect(expected.length).toBeGreaterThanOrEqual(open);
    // Where an invoice names a unit without a factor, nobody can tell what it consumed: untold, not open. One of another item consumes as
    // many of its own pieces, which are not those of the order line.
    const mixed = new Set([...lines.values()].filter((row) => row.findings.includes('ITEM')).map((row) => row.order));
    const extra = [...found.values()].filter((row) => row.state === 'open' && !expected.includes(row.object_id) && !mixed.has(row.order_key)).map((row) => row.object_id);
    expect(extra, 'extra').toEqual([]);
    expect(expected.filter((id) => !found.has(id)), 'missing').toEqual([]);
  });

  it('every planted fault beyond tolerance whose evidence was delivered is found once where it shows', () => {
    const said = records('invoice-line');
    const findingsOf = new Map(said.map((record) => [text(record.id), record.findings as string[]]));
    const faults = records('fault').filter(({ beyondTolerance, expected, evidencePublishedAt }) => beyondTolerance === true && expected !== undefined && expected !== 'OVER_DELIVERED' && evidencePublishedAt !== null);
    expect(faults.length).toBeGreaterThanOrEqual(planted);
    const wrong: string[] = [];
    const settled: string[] = [];
    for (const fault of faults) {
      const finding = text(fault.expected);
      const places = fault.documents as { type: string; document: string; line?: string }[];
      const shows = said.filter((record) => places.some(({ type, document, line }) =>
        type === 'invoice' ? record.invoice === document : type === 'invoice-line' ? record.id === `${document}/${text(line)}` : type === 'order-line' ? record.orderLine === `${document}/${text(line)}` : text(record.orderLine).startsWith(`${document}/`)));
      const expected = shows.filter(({ id }) => findingsOf.get(text(id))?.includes(finding)).map(({ id }) => text(id)).sort();
      const found = shows.map(({ id }) => text(id)).filter((id) => lines.get(id)?.findings.includes(finding)).sort();
      if (JSON.stringify(found) !== JSON.stringify(expected)) wrong.push(`${text(fault.id)} ${text(fault.kind)}: expected ${finding} on ${expected.join(', ') || 'none'}, found on ${found.join(', ') || 'none'}`);
      // What a later document has settled is not to be found any more, and has to say so.
      if (expected.length === 0) settled.push(`${text(fault.id)} ${text(fault.kind)} (${finding}): ${whySettled(shows, fault)}`);
    }
    console.log([`${faults.length} faults, of which ${settled.length} are no finding any more:`, ...settled].join('\n  '));
    expect(wrong).toEqual([]);
    expect(settled.filter((line) => line.endsWith(': ?'))).toEqual([]);
  });

  it('every other finding is right, and says why', () => {
    const said = new Map(records('invoice-line').map((record) => [text(record.id), record]));
    const faulty = new Set<string>();
    for (const { expected, documents } of records('fault'))
      for (const { type, document, line } of (documents ?? []) as { type: string; document: string; line?: string }[]) faulty.add(`${text(expected)} ${type === 'invoice-line' ? `${document}/${text(line)}` : document}`);
    const others: string[] = [];
    const wrong: string[] = [];
    for (const row of lines.values())
      for (const [n, finding] of row.findings.entries()) {
        const order = row.order.slice(0, row.order.lastIndexOf('/'));
        if ([row.id, row.document, order].some((where) => faulty.has(`${finding} ${where}`))) continue;
        others.push(`${finding} ${row.id}: ${row.arithmetic[n] ?? ''}`);
        const findings = said.get(row.id)?.findings as string[] | undefined;
        if (!findings?.includes(finding) && !FOLLOWS[finding]?.some((first) => row.findings.includes(first))) wrong.push(`${finding} ${row.id}: ${row.arithmetic[n] ?? ''}; expected ${text(findings)}`);
      }
    console.log([`${others.length} further findings:`, ...others.sort()].join('\n  '));
    expect(wrong).toEqual([]);
  });
});

/** What the truth does not count beside another finding on the same line, and holds all the same: of a line in another currency or with a pack error the amounts differ too. */
const FOLLOWS: Readonly<Record<string, readonly string[]>> = { PRICE: ['CURRENCY', 'SUPPLIER', 'ITEM'], UOM_SUSPECT: ['CURRENCY'], QTY_OVER_RECEIPT: ['DUPLICATE'], QTY_OVER_ORDER: ['DUPLICATE'], NOT_EVALUABLE: ['UOM_UNRESOLVED'], AWAITING_RECEIPT: ['DUPLICATE'] };

function whySettled(shows: readonly TruthRecord[], fault: TruthRecord): string {
  if (shows.length === 0) return 'no invoice of it was delivered';
  if (shows.every(({ cancelled }) => cancelled === true)) return 'the invoice was cancelled';
  if (shows.some(({ beforeCredit }) => beforeCredit !== null)) return 'credited, as to price';
  if (shows.some(({ creditedQuantity }) => Number(creditedQuantity) > 0)) return 'credited, as to quantity';
  const overlaps = fault.overlaps as string[];
  if (overlaps.length > 0) return `it meets ${overlaps.join(', ')} on the same document`;
  return ['QTY_OVER_RECEIPT', 'QTY_OVER_ORDER', 'AWAITING_RECEIPT'].includes(text(fault.expected)) ? 'invoiced no more than was received in the end' : '?';
}
