import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ndjson } from '../../clickhouse/client';
import { Bodies } from '../../ingest/listener/body';
import { dbTime, eventRow } from '../../ingest/listener/row';

const arrival = { stream: 'EVENTS', seq: 7, subject: 'events.test', recordedAt: Date.parse('2026-03-02T10:00:01.250Z') };
const eventOf = (data: Record<string, unknown>) => ({ specversion: '1.0' as const, id: 'e-1', source: '/test', type: 'procurement.receipt.confirmed.v1', time: '2026-03-02T10:00:00Z', data });
const rowOf = (data: Record<string, unknown>, payload = '{}') => eventRow(eventOf(data), payload, arrival, [], '');
const lines = (count: number) => Array.from({ length: count }, (_, i) => ({ id: String(i + 1), item: `ITM-${i % 5}`, lot: 'L-1' }));

describe('a row of the log', () => {
  it('writes times as the store reads them, before 1970 too', () => {
    fc.assert(fc.property(fc.integer({ min: Date.parse('1900-01-01'), max: Date.parse('2299-12-31') }), (ms) => {
      expect(dbTime(ms)).toBe(new Date(ms).toISOString().replace('T', ' ').slice(0, 23));
    }));
  });

  it('is known by the hash of source and id, and of these and the payload', () => {
    const uuid = (hex: string) => hex.slice(0, 32).replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
    const identity = createHash('sha256').update('/test').update('\0').update('e-1').digest();
    // Short, in several bytes a letter, and longer than what is kept at hand.
    for (const payload of ['{}', '{"a":"Größe 漢字 😀"}', JSON.stringify('ü'.repeat(100_000)), '{}']) {
      const row = rowOf({ document: { id: 'RCV-1' } }, payload);
      expect(row.identity).toBe(uuid(identity.toString('hex')));
      expect(row.event_key).toBe(uuid(createHash('sha256').update(identity).update(payload).digest('hex')));
    }
  });

  it.each([1, 3, 8, 50])('names each object once in a document of %i lines', (count) => {
    const row = rowOf({ document: { id: 'RCV-1' }, supplier: 'SUP-1', lines: lines(count) });
    const ids = row['objects.id'] as string[];
    const pairs = (row['objects.type'] as string[]).map((type, i) => `${type} ${ids[i]}`);
    const expected = new Set(['receipt RCV-1', 'supplier SUP-1']);
    for (const line of lines(count)) for (const pair of [`receipt-line RCV-1/${line.id}`, `item ${line.item}`, `lot ${line.lot}`]) expected.add(pair);
    expect(pairs).toEqual([...expected]);
  });

  it('has one value for each line in each of its line columns', () => {
    for (const count of [0, 1, 2, 7]) {
      const row = rowOf({ document: { id: 'RCV-1' }, lines: lines(count) });
      const lengths = new Set(Object.entries(row).filter(([name]) => name.startsWith('lines.')).map(([, values]) => (values as unknown[]).length));
      expect([...lengths]).toEqual([Math.max(count, 1)]);
    }
  });

  it('refuses what its columns would not keep', () => {
    expect(() => rowOf({ document: { id: 'x'.repeat(1_301) } })).toThrow('the key of a receipt is longer than 1300 characters');
    expect(() => rowOf({ document: { id: 'RCV-1' }, lines: [{ id: '1', amount: '1.123456' }] })).toThrow('data.lines: amount');
  });
});

describe('rows as the body of an insert', () => {
  it('are the same text as printed one by one, whatever the memory was used for before', async () => {
    const bodies = new Bodies();
    const rows = fc.array(fc.record({ id: fc.string({ unit: 'binary', maxLength: 40 }), payload: fc.constantFrom('', 'a', '漢字😀'.repeat(2_000), 'x'.repeat(90_000)) }), { minLength: 1, maxLength: 30 });
    await fc.assert(fc.asyncProperty(rows, async (some) => {
      const body = await bodies.of(some);
      expect(body.bytes.equals(ndjson(some))).toBe(true);
      bodies.giveBack(body);
    }), { numRuns: 100 });
  });

  it('share no memory while they are in use', async () => {
    const bodies = new Bodies();
    const [first, second] = [await bodies.of([{ n: 1 }]), await bodies.of([{ n: 2 }])];
    expect([first.bytes.toString(), second.bytes.toString()]).toEqual(['{"n":1}\n', '{"n":2}\n']);
  });
});
