import Decimal from 'decimal.js';
import { beforeAll, describe, expect, it } from 'vitest';
import { DEFAULT_FAULT_RATES, scaledRates } from '../../ingest/simulator/fault-rates';
import type { SimEvent, SimMessage } from '../../ingest/simulator/outbox';
import { createSimulation, type Simulation } from '../../ingest/simulator/simulation';
import { onHand } from '../../ingest/simulator/stock';
import type { TruthRecord } from '../../ingest/simulator/truth';

const UNTIL = Date.parse('2026-03-16T12:00:00Z');

interface Line {
  id: string;
  item?: string;
  quantity?: string;
  uom?: string;
  price?: string;
  location?: string;
  fromLocation?: string;
  lot?: string;
  onHand?: string;
  adjustment?: string;
  status?: string;
  flowType?: string;
  gtin?: string;
  udi?: string;
  amount?: string;
  order?: { document: string; line: string };
  invoice?: { document: string; line?: string };
  receipt?: { document: string; line: string };
  settles?: { type: string; document: string; line: string }[];
}

class Run {
  readonly simulation: Simulation;
  readonly messages: SimMessage[];
  readonly records: TruthRecord[];
  constructor(options: Parameters<typeof createSimulation>[0]) {
    this.simulation = createSimulation(options);
    this.messages = [...this.simulation.messages()];
    this.records = [...(this.simulation.truth?.records(this.simulation.options.to) ?? [])];
  }
  of(record: string): TruthRecord[] {
    return this.records.filter((one) => one.record === record);
  }
  /** The first message of every fact: attempts, targets and resends of one document line fall together. */
  facts(type: string): { event: SimEvent; document: string; date: string; line: Line }[] {
    const seen = new Set<string>();
    const out: { event: SimEvent; document: string; date: string; line: Line }[] = [];
    for (const { event } of this.messages) {
      if (event?.type !== type) continue;
      const { id, date, revision } = event.data.document as { id: string; date: string; revision: number };
      for (const line of event.data.lines as Line[]) {
        const key = `${id}/${line.id}/${revision}`;
        if (seen.has(key)) continue;
        seen.add(key);
        out.push({ event, document: id, date, line });
      }
    }
    return out;
  }
  factor(item: string | undefined, uom: string | undefined): number {
    const known = this.simulation.world.byId.get(item ?? '');
    return uom === known?.baseUom ? 1 : (known?.packs.find((pack) => pack.uom === uom)?.factor ?? NaN);
  }
}

const add = (map: Map<string, number>, key: string, by: number) => map.set(key, (map.get(key) ?? 0) + by);

describe('the truth', () => {
  let run: Run;
  beforeAll(() => {
    run = new Run({ seed: 'truth', days: 24, until: UNTIL, rates: { ...DEFAULT_FAULT_RATES, duplicateInvoice: 0.06, quantityError: 0.03, wrongSupplier: 0.02, wrongCurrency: 0.02 } });
  }, 120_000);

  it('counts the distinct readable messages of each type', () => {
    const seen = new Set<string>();
    const counts = new Map<string, number>();
    for (const { event } of run.messages) {
      if (!event) continue;
      const key = `${event.source} ${event.id} ${JSON.stringify(event.data)}`;
      if (seen.has(key)) continue;
      seen.add(key);
      add(counts, event.type, 1);
    }
    expect(Object.fromEntries(run.of('count').map((one) => [one.type, one.distinctEvents]))).toEqual(Object.fromEntries([...counts].sort()));
    expect(run.of('simulation')[0]).toMatchObject({ messages: run.messages.length, distinctEvents: seen.size });
    const dead = run.of('dead-letters').reduce((sum, one) => sum + Number(one.count), 0);
    expect(dead).toBe(run.messages.filter(({ event }) => !event).length);
  });

  it('states what was ordered, received and invoiced as the messages do', () => {
    const received = new Map<string, number>();
    for (const [type, sign] of [['confirmed', 1], ['reversed', -1], ['returned', -1]] as const)
      for (const { line } of run.facts(`procurement.receipt.${type}.v1`))
        add(received, `${line.order?.document}/${line.order?.line}`, sign * Number(line.quantity) * run.factor(line.item, line.uom));
    const ordered = new Map<string, { quantity: number; price: Decimal; revision: number }>();
    for (const type of ['created', 'changed'])
      for (const { document, line, event } of run.facts(`procurement.order.${type}.v1`)) {
        const revision = (event.data.document as { revision: number }).revision;
        const key = `${document}/${line.id}`;
        if ((ordered.get(key)?.revision ?? -1) > revision) continue;
        const k = run.factor(line.item, line.uom);
        ordered.set(key, { quantity: Number(line.quantity) * k, price: new Decimal(line.price ?? 0).div(k), revision });
      }
    const lines = run.of('order-line');
    expect(lines.length).toBeGreaterThan(1500);
    for (const line of lines) {
      const id = String(line.id);
      expect(line.netReceived, id).toBe(String(received.get(id) ?? 0));
      const order = ordered.get(id);
      if (!order) {
        expect(line.flow, id).toBe('');
        continue;
      }
      expect(line.ordered, id).toBe(String(order.quantity));
      expect(new Decimal(String(line.pricePerBaseUnit)).minus(order.price).abs().lt(0.000001), id).toBe(true);
    }
  });

  it('states invoices, credits and postings as the messages do', () => {
    const invoiced = new Map(run.facts('finance.invoice.received.v1').map(({ document, line, event }) => [`${document}/${line.id}`, { line, supplier: event.data.supplier, currency: (event.data.document as { currency: string }).currency }]));
    const lines = run.of('invoice-line');
    // An invoice may name another item than the order; the pack is that of the item ordered.
    const items = new Map(run.of('order-line').map((one) => [String(one.id), String(one.item)]));
    expect(lines.length).toBe(invoiced.size);
    for (const line of lines) {
      const message = invoiced.get(String(line.id));
      expect(message?.line.amount).toBe(line.amount);
      expect(message?.line.order ? `${message.line.order.document}/${message.line.order.line}` : null).toBe(line.orderLine ?? (message?.line.order ? `${message.line.order.document}/${message.line.order.line}` : null));
      const item = items.get(String(line.orderLine)) ?? message?.line.item;
      if (line.quantity !== null) expect(Number(message?.line.quantity) * run.factor(item, message?.line.uom), String(line.id)).toBe(Number(line.quantity));
      expect(new Decimal(message?.line.quantity ?? 0).times(message?.line.price ?? 0).toFixed(2)).toBe(line.amount);
    }
    const credits = new Map<string, Decimal>();
    for (const { line } of run.facts('finance.invoice.credited.v1')) {
      const key = `${line.invoice?.document}/${line.invoice?.line}`;
      credits.set(key, (credits.get(key) ?? new Decimal(0)).plus(line.amount ?? 0));
    }
    expect(credits.size).toBeGreaterThan(0);
    for (const line of lines) expect(line.creditedAmount).toBe((credits.get(String(line.id)) ?? new Decimal(0)).toFixed(2));
    const posted = run.facts('finance.posting.completed.v1').map(({ document, line }) => `${document}/${line.id} ${line.amount}`).sort();
    expect(run.of('posting').map((one) => `${String(one.id)} ${String(one.amount)}`).sort()).toEqual(posted);
  });

  it('expects a verdict for every mistake that is still there to be seen', () => {
    const byLine = new Map(run.of('invoice-line').map((one) => [String(one.id), one]));
    const kinds = new Map<string, number>();
    for (const fault of run.of('fault')) {
      const expected = fault.expected;
      if (expected === undefined || fault.evidencePublishedAt === null) continue;
      if (!Array.isArray(fault.documents)) expect.fail(JSON.stringify(fault));
      for (const { type, document, line } of fault.documents as { type: string; document: string; line?: string }[]) {
        const lines = type === 'invoice' ? [...byLine.values()].filter((one) => one.invoice === document) : type === 'invoice-line' ? [byLine.get(`${document}/${line}`)] : [];
        for (const one of lines) {
          if (!one || one.cancelled === true || Number(one.creditedAmount) > 0) continue;
          const findings = [...(one.findings as string[]), one.expected];
          // A mistake may be hidden by another one, which the truth then names.
          if (!findings.includes(expected) && (fault.overlaps as string[]).length === 0 && fault.kind !== 'quantity-error') expect.fail(`${JSON.stringify(fault)} → ${JSON.stringify(one)}`);
          kinds.set(String(fault.kind), (kinds.get(String(fault.kind)) ?? 0) + 1);
        }
      }
    }
    for (const kind of ['price-error', 'small-price-error', 'pack-error', 'duplicate-invoice', 'wrong-supplier', 'wrong-currency']) expect(kinds.get(kind), kind).toBeGreaterThan(0);
  });

  it('keeps exceptions a realistic minority, and everything planted visible', () => {
    const invoices = run.of('invoice').filter((one) => one.onOrder === true && one.cancelled === false);
    const perfect = invoices.filter((one) => one.perfect === true).length;
    expect(perfect / invoices.length).toBeGreaterThan(0.75);
    expect(perfect / invoices.length).toBeLessThan(0.96);
    const kinds = new Set(run.of('fault').map((one) => one.kind));
    for (const kind of [
      'duplicate-message', 'late-message', 'out-of-order-message', 'unreadable-message', 'patient-identifier', 'failed-hand-over', 'failed-order-creation', 'maintenance', 'outage', 'silent-interface', 'supplier-trouble',
      'unmapped-item', 'missing-usage', 'acknowledgement-exception', 'partial-receipt', 'short-receipt', 'missing-receipt', 'over-delivery', 'price-error', 'quantity-error', 'pack-error', 'duplicate-invoice', 'invoice-without-order',
      'missing-posting', 'failed-posting', 'wrong-posting',
    ]) expect(kinds, kind).toContain(kind);
    const handOvers = run.of('hand-overs');
    const due = handOvers.reduce((sum, one) => sum + Number(one.due), 0);
    const succeeded = handOvers.reduce((sum, one) => sum + Number(one.succeeded), 0);
    expect(succeeded / due).toBeGreaterThan(0.98);
    expect(succeeded / due).toBeLessThan(1);
  });

  it('finds every planted identifier in the messages, and names the overlaps both ways', () => {
    const texts = run.messages.map(({ body }) => String(body)).join('\n');
    const faults = new Map(run.of('fault').map((one) => [String(one.id), one]));
    for (const fault of faults.values()) {
      if (fault.kind === 'patient-identifier' && fault.evidencePublishedAt !== null) for (const value of fault.values as string[]) expect(texts).toContain(value);
      for (const other of fault.overlaps as string[]) expect(faults.get(other)?.overlaps).toContain(fault.id);
    }
  });

  it('links only lines that were published', () => {
    const known = new Set<string>();
    for (const { event } of run.messages) {
      const lines = event?.data.lines;
      if (event && Array.isArray(lines)) for (const line of lines as Line[]) known.add(`${(event.data.document as { id: string }).id}/${line.id}`);
    }
    const links = run.of('link');
    expect(links.length).toBeGreaterThan(10_000);
    for (const link of links) if (!known.has(link.toType === 'invoice' ? `${String(link.to)}/1` : String(link.to))) expect.fail(JSON.stringify(link));
  });
});

describe('a network in which nothing goes wrong', () => {
  let run: Run;
  beforeAll(() => {
    run = new Run({ seed: 'calm', days: 34, until: UNTIL, rates: scaledRates(0), facilities: 2 });
  }, 120_000);

  it('completes every chain in time', () => {
    const old = new Set(run.facts('procurement.order.created.v1').filter(({ date }) => date < '2026-02-22').map(({ document, line }) => `${document}/${line.id}`));
    expect(old.size).toBeGreaterThan(200);
    const needs: Record<string, string[]> = {
      'three-way': ['receipt-line', 'invoice-line', 'posting'], 'three-way-invoice-first': ['receipt-line', 'invoice-line', 'posting'], 'two-way': ['invoice-line', 'posting'], 'consignment-fill': ['receipt-line'],
      'consignment-use': ['invoice-line', 'posting'], 'bill-only': ['invoice-line', 'posting'], 'bill-and-replace': ['invoice-line', 'posting'],
    };
    const flows = new Set<string>();
    for (const line of run.of('order-line')) {
      if (!old.has(String(line.id))) continue;
      flows.add(String(line.flow));
      const stages = Object.keys(line.descendants as object);
      for (const stage of needs[String(line.flow)] ?? []) expect(stages, `${String(line.id)} ${String(line.flow)}`).toContain(stage);
      if (/use|bill/.test(String(line.flow))) expect(Object.keys(line.ancestors as object)).toContain('usage');
    }
    expect([...flows].sort()).toEqual(Object.keys(needs).sort());
    const usages = run.of('usage-line').filter((one) => Number(one.quantity) > Number(one.reversed));
    const posted = usages.filter((one) => 'posting' in (one.descendants as object));
    expect(posted.length / usages.length).toBeGreaterThan(0.95);
  });

  it('expects nothing but matches and receipts on their way', () => {
    expect(run.of('fault')).toEqual([]);
    for (const line of run.of('invoice-line')) expect(['MATCHED', 'AWAITING_RECEIPT']).toContain(line.expected);
    for (const line of run.of('order-line')) expect(line.expected).toEqual([]);
    expect(run.of('reconciliation')).toEqual([]);
  });
});

describe('stock', () => {
  const calm = { ...DEFAULT_FAULT_RATES, lateMessage: 0, outOfOrderMessage: 0, silences: 0, erpOutages: 0, erpMaintenances: 0, failedHandOver: 0, receiptReversal: 0.05, supplierReturn: 0.05, usageReversal: 0.05, recalls: 6 };
  let run: Run;
  beforeAll(() => {
    run = new Run({ seed: 'stock', days: 16, until: UNTIL, rates: calm });
  }, 120_000);

  it('is what it was, and what came, less what went', () => {
    for (const point of run.simulation.stock.points.values()) {
      expect(onHand(point), `${point.location.code} ${point.item.id}`).toBe(point.opening + point.moved);
      expect(onHand(point)).toBeGreaterThanOrEqual(0);
    }
  });

  it('is reported as the published documents make it', () => {
    const balance = new Map<string, number>();
    const lots = new Map<string, number>();
    const stocked = (line: Line) => `${line.location}/${line.item}`;
    const start = run.simulation.options.until - 16 * 86_400_000;
    const opening = new Set<string>();
    for (const { event, line } of run.facts('inventory.balance.reported.v1')) {
      lots.set(`${stocked(line)}/${line.lot ?? ''}/${line.status}`, Number(line.onHand));
      if (Date.parse(event.time) - start > 60_000) continue;
      opening.add(stocked(line));
      add(balance, stocked(line), Number(line.onHand));
    }
    expect(opening.size).toBe(run.simulation.stock.points.size);
    // The scanner may name the item by its barcode alone.
    const byGtin = new Map(run.simulation.world.items.map((item) => [item.gtin, item.id]));
    const itemOf = (line: Line) => line.item ?? byGtin.get(line.gtin ?? /01(\d{14})/.exec((line.udi ?? '').replace(/[()]|^\][A-Za-z]\d/g, ''))?.[1] ?? '');
    for (const { line } of run.facts('clinical.usage.recorded.v1')) if (line.flowType !== 'bill-only') add(balance, `${line.location}/${itemOf(line)}`, -Number(line.quantity));
    for (const { line } of run.facts('clinical.usage.reversed.v1')) add(balance, stocked(line), Number(line.quantity));
    for (const { line } of run.facts('inventory.transfer.shipped.v1')) add(balance, `${line.fromLocation}/${line.item}`, -Number(line.quantity));
    for (const { line } of run.facts('inventory.transfer.received.v1')) add(balance, stocked(line), Number(line.quantity));
    for (const { line } of run.facts('inventory.balance.adjusted.v1')) add(balance, stocked(line), Number(line.adjustment));
    for (const [type, sign] of [['confirmed', 1], ['reversed', -1], ['returned', -1]] as const)
      for (const { line } of run.facts(`procurement.receipt.${type}.v1`)) add(balance, stocked(line), sign * Number(line.quantity) * run.factor(line.item, line.uom));
    let compared = 0;
    for (const [key, point] of run.simulation.stock.points) {
      compared++;
      expect(balance.get(key), key).toBe(onHand(point));
    }
    expect(compared).toBeGreaterThan(1000);
    // The last reports by lot and status add up to what is there, but for what moved since.
    const reported = new Map<string, number>();
    for (const [key, quantity] of lots) add(reported, key.split('/').slice(0, 2).join('/'), quantity);
    const settled = [...run.simulation.stock.points.entries()].filter(([, point]) => !point.changed);
    expect(settled.length).toBeGreaterThan(1000);
    for (const [key, point] of settled) expect(reported.get(key), key).toBe(onHand(point));
  });
});
