import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createStore, type Store } from '../../clickhouse/client';
import { remembered } from '../../server/remembered';

/** Nothing is asked of the store itself here: it only says whose answers are whose. */
const aStore = (): Store => createStore({ url: 'http://127.0.0.1:1' });

let asked: string[];
const asking = (answer: string) => () => {
  asked.push(answer);
  return new Promise<string>((resolve) => setTimeout(() => resolve(answer), 100));
};
/** The answer, once a tenth of a second has passed. */
async function answered(answer: Promise<string>): Promise<string> {
  await vi.advanceTimersByTimeAsync(100);
  return answer;
}

beforeEach(() => {
  vi.useFakeTimers();
  asked = [];
});
afterEach(() => vi.useRealTimers());

it('asks once however many ask, and anew when the answer is old, by store and key', async () => {
  const kept = remembered<string>({ freshMs: 1_000 });
  const [store, other] = [aStore(), aStore()];
  const [first, second] = [kept(store, 'a', asking('1')), kept(store, 'a', asking('2'))];
  expect([await answered(first), await second]).toEqual(['1', '1']);
  expect(await answered(kept(store, 'b', asking('3')))).toBe('3');
  expect(await answered(kept(other, 'a', asking('4')))).toBe('4');
  await vi.advanceTimersByTimeAsync(700);
  expect(await answered(kept(store, 'a', asking('5')))).toBe('1');
  await vi.advanceTimersByTimeAsync(300);
  expect(await answered(kept(store, 'a', asking('6')))).toBe('6');
  expect(asked).toEqual(['1', '3', '4', '6']);
});

it('gives an answer that is a little old while it asks anew, once, and none that is too old', async () => {
  const kept = remembered<string>({ freshMs: 1_000, staleMs: 10_000 });
  const store = aStore();
  await answered(kept(store, 'a', asking('1')));
  await vi.advanceTimersByTimeAsync(2_000);
  const stale = [kept(store, 'a', asking('2')), kept(store, 'a', asking('3'))];
  expect(await Promise.all(stale)).toEqual(['1', '1']);
  await vi.advanceTimersByTimeAsync(200);
  expect(await kept(store, 'a', asking('4'))).toBe('2');
  await vi.advanceTimersByTimeAsync(11_000);
  expect(await answered(kept(store, 'a', asking('5')))).toBe('5');
  expect(asked).toEqual(['1', '2', '5']);
});

it('remembers no failure, keeps what it had through one, and hardly remembers what is empty', async () => {
  const kept = remembered<string>({ freshMs: 1_000, staleMs: 10_000, isEmpty: (text) => text === '' });
  const store = aStore();
  const failing = () => Promise.reject(new Error('the store is down'));
  await expect(kept(store, 'a', failing)).rejects.toThrow('the store is down');
  expect(await answered(kept(store, 'a', asking('1')))).toBe('1');
  await vi.advanceTimersByTimeAsync(2_000);
  expect(await kept(store, 'a', failing)).toBe('1');
  await vi.advanceTimersByTimeAsync(10);
  expect(await kept(store, 'a', asking('2'))).toBe('1');
  await vi.advanceTimersByTimeAsync(200);
  expect(await kept(store, 'a', asking('3'))).toBe('2');

  await answered(kept(store, 'b', asking('')));
  await vi.advanceTimersByTimeAsync(1_100);
  expect(await answered(kept(store, 'b', asking('4')))).toBe('4');
});
