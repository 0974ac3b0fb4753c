import { setImmediate as turn } from 'node:timers/promises';
import { afterEach, expect, it, vi } from 'vitest';
import type { Fragments } from '../../server/exceptions/compose';
import { Found, type Parts } from '../../server/exceptions/found';

/** A work list of hundreds of thousands is put together beside other work of the same process. */

const letter = (n: number): Fragments['deadLetters'][number] =>
  ({ stream: 'EVENTS', stream_seq: n, part: 0, subject: 'events.test', since: '2026-03-01T00:00:00.000Z', reason_code: 'INVALID', reason: 'no id', source: '', event_id: '', type: 'order.created.v1', facility: 'NORTH' });
const STORE = { turn };
const NONE: Parts = { failedOrders: [], unmapped: [], refused: [], receipts: [], invoices: [], chains: [], handovers: [], deadLetters: [], conflicts: [], foreign: [], gaps: [], quality: [] };

afterEach(() => vi.restoreAllMocks());

it('lets others have their turn while it takes in a long list, and goes on when they have had it', async () => {
  // A clock by which each look at it takes a millisecond.
  let now = 0;
  vi.spyOn(performance, 'now').mockImplementation(() => now++);
  let turns = 0;
  let others: (() => void) | undefined = undefined as (() => void) | undefined;
  let ended = false;
  const store = { turn: () => new Promise<void>((go) => void (turns++, (others = go))) };
  const filled = new Found().fill(store, { ...NONE, deadLetters: Array.from({ length: 1_000 }, (_, n) => letter(n)) }, []).finally(() => (ended = true));
  for (; !ended; await turn()) {
    if (!others) continue;
    const [go, before] = [others, turns];
    others = undefined;
    await turn();
    expect([turns, ended]).toEqual([before, false]);
    go();
  }
  expect(await filled).toHaveLength(1_000);
  expect(turns).toBeGreaterThan(100);
});

it('keeps one of several rows that name the same exception, whichever came first', async () => {
  const twice = (row: Fragments['deadLetters'][number]) => ({ ...row, since: '2026-03-02T00:00:00.000Z' });
  const [one] = await new Found().fill(STORE, { ...NONE, deadLetters: [letter(1), twice(letter(1))] }, []);
  const [other] = await new Found().fill(STORE, { ...NONE, deadLetters: [twice(letter(1)), letter(1)] }, []);
  expect(one?.since).toBe('2026-03-02T00:00:00.000Z');
  expect(other).toEqual(one);
});
