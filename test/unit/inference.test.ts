import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { inferEdges, RULES, type Move } from '../../clickhouse/inference-rules';

const DAY = 86_400_000;
const at = (day: number): number => Date.parse('2026-03-01T00:00:00Z') + day * DAY;
const move = (kind: Move['kind'], id: string, day: number, more: Partial<Move> = {}): Move => ({ kind, id, facility: 'F', location: 'OR', at: at(day), quantity: '1', uom: 'EA', stated: false, ...more });
const told = (moves: readonly Move[]) => inferEdges(moves).map(({ from, to, confidence }) => `${from.id}>${to.id} ${confidence}`).sort();

describe('what was used since the last request', () => {
  it('belongs to the next request at its location, whatever is between', () => {
    expect(told([
      move('usage', 'u1', 1), move('usage', 'u2', 2), move('replenishment-line', 'r1', 3, { quantity: '2' }), move('usage', 'u3', 4), move('requisition-line', 'r2', 5, { uom: 'BX' }),
      move('usage', 'elsewhere', 2, { location: 'ICU' }), move('usage', 'after', 6),
    ])).toEqual(['u1>r1 0.95', 'u2>r1 0.95', 'u3>r2 0.9']);
  });

  it('is less sure where what was used is not what was asked for, or was long ago; and gives up after two months', () => {
    expect(told([move('usage', 'u1', 1), move('replenishment-line', 'r1', 3, { quantity: '10' })])).toEqual(['u1>r1 0.8']);
    expect(told([move('usage', 'u1', 1), move('replenishment-line', 'r1', 20, { quantity: '1' })])).toEqual(['u1>r1 0.85']);
    expect(told([move('usage', 'u1', 1), move('replenishment-line', 'r1', 62, { quantity: '1' })])).toEqual([]);
  });

  it('leaves alone what a document states, and counts it in the quantity', () => {
    expect(told([move('usage', 'u1', 1, { stated: true }), move('usage', 'u2', 2), move('replenishment-line', 'r1', 3, { quantity: '2' })])).toEqual(['u2>r1 0.95']);
  });

  it('says in words what it went by', () => {
    const [edge] = inferEdges([move('replenishment-line', 'r0', 0), move('usage', 'u1', 1), move('replenishment-line', 'r1', 3)]);
    expect(edge).toMatchObject({ rule: RULES.USED_SINCE, qualifier: 'triggers', why: 'Used at OR after the request of 2026-03-01 00:00 UTC, and asked for on 2026-03-04 00:00 UTC; 1 EA used, 1 asked for.' });
  });
});

describe('the next order of the item', () => {
  it('serves a requisition that no order names, within two weeks', () => {
    expect(told([
      move('requisition-line', 'q1', 1, { uom: 'BX' }), move('order-line', 'o1', 2, { location: 'DOCK', uom: 'BX' }), move('requisition-line', 'q2', 3), move('order-line', 'stated', 3.5, { stated: true }),
      move('order-line', 'o2', 4, { quantity: '5' }), move('requisition-line', 'q3', 5), move('order-line', 'o3', 20), move('order-line', 'other', 1.5, { facility: 'G' }),
    ])).toEqual(['q1>o1 0.8', 'q2>o2 0.6']);
  });
});

it('is the same for any order of the moves', () => {
  const any = fc.record({
    kind: fc.constantFrom<Move['kind']>('usage', 'replenishment-line', 'requisition-line', 'order-line'), id: fc.integer({ min: 0, max: 60 }).map(String), day: fc.integer({ min: 0, max: 90 }),
    location: fc.constantFrom('OR', 'ICU'), stated: fc.boolean(), quantity: fc.constantFrom('1', '4', null),
  });
  fc.assert(fc.property(fc.uniqueArray(any, { selector: ({ kind, id }) => `${kind} ${id}`, maxLength: 40 }), fc.infiniteStream(fc.double({ min: 0, max: 1, noNaN: true })), (parts, randoms) => {
    const moves = parts.map(({ day, ...rest }) => move(rest.kind, rest.id, day, rest));
    const shuffled = moves.map((each) => ({ each, key: randoms.next().value ?? 0 })).sort((a, b) => a.key - b.key).map(({ each }) => each);
    const sorted = (edges: ReturnType<typeof inferEdges>) => edges.map((edge) => JSON.stringify(edge)).sort();
    expect(sorted(inferEdges(shuffled))).toEqual(sorted(inferEdges(moves)));
  }));
});
