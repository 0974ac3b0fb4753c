import { describe, expect, it } from 'vitest';
import type { LineFact } from '../../clickhouse/queries/lineage';
import { completenessOf, totalsOfFlow } from '../../server/lineage/completeness';
import { summarise } from '../../server/lineage/facts';
import { moneyOf } from '../../server/lineage/money';
import { containersOf, documentOf, lineOf, stageIndex } from '../../server/lineage/objects';
import { wantedOf } from '../../server/lineage/search';

const BLANK: LineFact = {
  document_type: 'order', document_id: 'D', line_id: '1', aspect: 'created', action: 'created', object_id: 'D/1', event_key: '', time: '2026-03-01T10:00:00.000Z', recorded_at: '2026-03-01T10:00:01.000Z',
  facility: 'F', revision: 0, currency: 'USD', supplier: '', case_token: '', invoice_number: '', reason: '', due_date: null, header_tax: null, header_freight: null, item: '', lot: '',
  quantity: null, uom: 'EA', price: null, amount: null, location: '', flow_type: '', due_at: null, code: '', order_id: '', order_line: '',
};
const fact = (over: Partial<LineFact>): LineFact => ({ ...BLANK, ...over });

describe('objects', () => {
  it('a line knows its document, its containers and its column', () => {
    expect(lineOf({ type: 'order-line', id: 'PO/7/10' })).toEqual({ documentType: 'order', document: 'PO/7', line: '10' });
    expect(containersOf({ type: 'usage', id: 'U/1' })).toEqual([{ type: 'usage-document', id: 'U' }, { type: 'usage', id: 'U' }]);
    expect(containersOf({ type: 'invoice', id: 'I' })).toEqual([]);
    expect(documentOf({ type: 'posting', id: 'GL/1' })).toEqual({ type: 'posting-document', id: 'GL' });
    expect(documentOf({ type: 'item', id: 'X' })).toBeUndefined();
    expect(stageIndex('invoice')).toBe(stageIndex('invoice-line'));
    expect(stageIndex('order-line')).toBeLessThan(stageIndex('receipt-line'));
  });
});

describe('what a line comes to', () => {
  it('nothing recorded is not fine: it never came', () => {
    expect(summarise('receipt', [], [])).toMatchObject({ state: 'never came', meaning: 'watch', amount: null });
  });

  it('an order: acknowledged with its code, cancelled, in force again at a higher revision', () => {
    const created = fact({ quantity: '3', price: '0.1' });
    const rejected = fact({ aspect: 'acknowledged', code: 'IR', time: '2026-03-02T10:00:00.000Z' });
    expect(summarise('order', [created, rejected], [])).toMatchObject({ state: 'acknowledged', meaning: 'breach', amount: '0.3', notes: ['rejected by the supplier (IR)'] });
    const cancelled = fact({ aspect: 'cancelled', revision: 1, time: '2026-03-03T10:00:00.000Z', line_id: '' });
    expect(summarise('order', [created], [cancelled]).state).toBe('cancelled');
    expect(summarise('order', [fact({ revision: 2, time: '2026-03-04T10:00:00.000Z', action: 'changed' })], [cancelled]).state).toBe('changed');
    expect(summarise('order', [fact({ aspect: 'failed' })], []).state).toBe('creation failed');
  });

  it('an invoice: blocked until it is released', () => {
    const received = fact({ aspect: 'received' });
    const blocked = fact({ aspect: 'blocked', reason: 'price', time: '2026-03-02T10:00:00.000Z', line_id: '' });
    const released = fact({ aspect: 'released', time: '2026-03-03T10:00:00.000Z', line_id: '' });
    expect(summarise('invoice', [received], [blocked])).toMatchObject({ state: 'blocked', notes: ['price'] });
    expect(summarise('invoice', [received], [blocked, released]).state).toBe('released');
  });
});

describe('money', () => {
  const order = { documentType: 'order', objectId: 'PO/10', own: [fact({ object_id: 'PO/10', quantity: '10', price: '25.10' })], whole: [] };
  const receipt = (over: Partial<LineFact>) => ({ documentType: 'receipt', objectId: 'R/1', own: [fact({ aspect: 'confirmed', order_id: 'PO', order_line: '10', quantity: '4', ...over })], whole: [] });

  it('is exact, and what came back is taken off', () => {
    const money = moneyOf([order, receipt({}), receipt({ aspect: 'returned', quantity: '1' })]);
    expect(money).toEqual([
      { stage: 'ordered', currency: 'USD', amount: '251', lines: 1, unknown: 0 },
      { stage: 'received', currency: 'USD', amount: '75.3', lines: 2, unknown: 0 },
    ]);
  });

  it('is unknown in another unit or without a price, never zero', () => {
    expect(moneyOf([order, receipt({ uom: 'BX' })])[1]).toEqual({ stage: 'received', currency: 'USD', amount: null, lines: 1, unknown: 1 });
    expect(moneyOf([{ ...order, own: [fact({ quantity: '10' })] }])[0]).toMatchObject({ amount: null, unknown: 1 });
  });

  it('leaves out accruals, cancelled invoices and reversed postings', () => {
    const invoice = { documentType: 'invoice', objectId: 'I/1', own: [fact({ aspect: 'received', amount: '5' })], whole: [fact({ aspect: 'cancelled', revision: 1, line_id: '' })] };
    const accrual = { documentType: 'posting', objectId: 'G/1', own: [fact({ aspect: 'completed', amount: '5', reason: 'accrual' })], whole: [] };
    const reversed = { documentType: 'posting', objectId: 'G/2', own: [fact({ aspect: 'completed', amount: '5' })], whole: [fact({ aspect: 'reversed', revision: 1, line_id: '' })] };
    expect(moneyOf([invoice, accrual, reversed])).toEqual([]);
  });
});

describe('completeness', () => {
  it('counts closed chains that could be judged, per currency, and says nothing of nothing', () => {
    const row = { flow: 'two-way', stage: 'chain', currency: 'USD', unpriced: 0, median_ms: null };
    const totals = totalsOfFlow([
      { ...row, state: 'complete', chains: 3, value: '30' }, { ...row, state: 'incomplete', chains: 1, value: '10' },
      { ...row, state: 'open', chains: 5, value: '50' }, { ...row, state: 'unjudged', chains: 2, value: '7' },
      { ...row, flow: 'bought', stage: 'receipt', state: 'present', chains: 99, value: '1' },
    ]);
    const asOf = new Date('2026-04-01T00:00:00Z');
    expect(completenessOf(totals, asOf)).toEqual({
      complete: 3, closed: 4, ratio: '0.75', notEvaluable: 2, open: 5, chains: 11, unpriced: 0, asOf, byValue: [{ currency: 'USD', complete: '30', closed: '40', ratio: '0.75' }],
    });
    expect(completenessOf([], asOf)).toMatchObject({ ratio: null, byValue: [] });
  });
});

describe('search', () => {
  const keys = { key: '00112233445566778899aabbccddeeff', version: 1 };

  it('tries what is typed as it is, as a GTIN in every length, as a case and as a serial', () => {
    expect([...wantedOf('614141000036', undefined).keys.keys()]).toEqual(expect.arrayContaining(['614141000036', '00614141000036']));
    const wanted = wantedOf('CASE-1', keys);
    expect([...wanted.keys.values()]).toContain('case');
    expect([...wanted.keys.values()]).toContain('serial');
    expect(wanted.lookedIn).toContain('case and serial tokens');
  });

  it('says when cases and serials cannot be searched', () => {
    expect(wantedOf('CASE-1', undefined).lookedIn).toContain('not in cases and serials: this process has no token key');
  });

  it('finds the trace id in a traceparent', () => {
    expect(wantedOf('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', undefined).trace).toBe('4bf92f3577b34da6a3ce929d0e0e4736');
  });
});
