import { setImmediate as turn } from 'node:timers/promises';
import { expect, it } from 'vitest';
import type { Fragments } from '../../server/exceptions/compose';
import { Found, type Parts } from '../../server/exceptions/found';

/** A work list of hundreds of thousands is put together beside other work of the same process. */

const letter = (n: number): Fragments['deadLetters'][number] =>
  ({ stream: 'EVENTS', stream_seq: n, part: 0, subject: 'events.test', since: '2026-03-01T00:00:00.000Z', reason_code: 'INVALID', reason: 'no id', source: '', event_id: '', type: 'order.created.v1', facility: 'NORTH' });
const NONE: Parts = { failedOrders: [], unmapped: [], refused: [], receipts: [], invoices: [], chains: [], handovers: [], deadLetters: [], conflicts: [], foreign: [], gaps: [], quality: [] };

it('lets others have their turn while it takes in a long list', async () => {
  let turns = 0;
  let filling = true;
  const others = (async () => {
    for (; filling; turns++) await turn();
  })();
  const rows = await new Found().fill({ ...NONE, deadLetters: Array.from({ length: 10_000 }, (_, n) => letter(n)) }, []);
  filling = false;
  await others;
  expect(rows).toHaveLength(10_000);
  expect(turns).toBeGreaterThan(10);
});

it('keeps one of several rows that name the same exception, whichever came first', async () => {
  const twice = (row: Fragments['deadLetters'][number]) => ({ ...row, since: '2026-03-02T00:00:00.000Z' });
  const [one] = await new Found().fill({ ...NONE, deadLetters: [letter(1), twice(letter(1))] }, []);
  const [other] = await new Found().fill({ ...NONE, deadLetters: [twice(letter(1)), letter(1)] }, []);
  expect(one?.since).toBe('2026-03-02T00:00:00.000Z');
  expect(other).toEqual(one);
});
