import { setTimeout as sleep } from 'node:timers/promises';
import type { Store } from '../../clickhouse/client';
import { messageId } from '../../ingest/contract/stream';
import type { SimMessage } from '../../ingest/simulator/outbox';
import type { SimPublisher } from '../../ingest/simulator/publisher';
import { percentile } from './load';

const ASK_EVERY_MS = 20;
const GIVE_UP_MS = 20_000;

/**
 * Publishes at a steady rate and notes for each event how long after its publishing a question first counted it. The messages are made beforehand; a message that the stream knows already is left out, as it is never counted.
 */
export async function freshness(store: Store, publisher: SimPublisher, messages: Iterator<SimMessage>, rate: number, seconds: number): Promise<Record<string, number>> {
  const ready: SimMessage[] = [];
  const known = new Set<string>();
  while (ready.length < rate * seconds) {
    const { value, done } = messages.next();
    if (done) break;
    const id = value.identity ? messageId(value.identity.source, value.identity.id, value.body) : undefined;
    if (id !== undefined && known.has(id)) continue;
    if (id !== undefined) known.add(id);
    ready.push(value);
  }
  // From what the parts say of themselves: a question that read rows every twenty milliseconds would take a good part of a core from what it watches.
  const counted = async () => {
    const [row] = await store.select<{ n: number }>('SELECT (SELECT count() FROM events) + (SELECT count() FROM dead_letters) AS n');
    return Number(row?.n);
  };
  const before = await counted();
  const sentAt: number[] = [];
  const after: number[] = [];
  let sending = true;
  const watch = (async () => {
    while (sending || after.length < sentAt.length) {
      const seen = Math.min(sentAt.length, (await counted()) - before);
      const now = performance.now();
      while (after.length < seen) after.push(now - (sentAt[after.length] ?? now));
      if (!sending && now - (sentAt.at(-1) ?? 0) > GIVE_UP_MS) break;
      await sleep(ASK_EVERY_MS);
    }
  })();
  const began = performance.now();
  while (sentAt.length < ready.length) {
    const due = Math.min(ready.length, Math.floor(((performance.now() - began) / 1000) * rate));
    while (sentAt.length < due) {
      const message = ready[sentAt.length];
      sentAt.push(performance.now());
      const full = message && publisher.send(message);
      if (full) await full;
    }
    await sleep(5);
  }
  const took = (performance.now() - began) / 1000;
  await publisher.drain();
  sending = false;
  await watch;
  return {
    freshnessP50Ms: Math.round(percentile(after, 0.5)), freshnessP99Ms: Math.round(percentile(after, 0.99)), freshnessRate: Math.round(sentAt.length / took),
    freshnessEvents: after.length, freshnessUnseen: sentAt.length - after.length,
  };
}
