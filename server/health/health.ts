import type { Store } from '@/clickhouse/client';
import { missingRows } from '@/clickhouse/damage';
import { streamsHealth, type StreamsHealth } from '../overview/pipeline';
import { within } from '../within';
import { statementsThatNeverEnd } from './engine';

/** Whether this installation works, as probes and people ask it: store, stream, listener. */
export interface Health {
  /** Pages can be answered. */
  store: boolean;
  streams: StreamsHealth;
  /** What keeps the product from being whole, one line each; empty when nothing does. */
  troubles: string[];
}

/** Probes need no sign-in, so however many ask, store and stream are asked once in this time. */
const KEPT_MS = 1_000;
const PATIENCE_MS = 3_000;

let kept: { store: Store; at: number; health: Promise<Health> } | undefined;

/** Never throws: what does not answer is itself the answer. */
export function health(store: Store): Promise<Health> {
  const now = Date.now();
  if (!kept || kept.store !== store || now - kept.at > KEPT_MS) kept = { store, at: now, health: look(store) };
  return kept.health;
}

async function look(store: Store): Promise<Health> {
  const pinged = store.ping().then(() => true, () => false);
  const missed = missingRows(store).catch(() => []);
  const [answers, streams, stuck, missing] = await Promise.all([within(PATIENCE_MS, pinged, false), streamsHealth(), statementsThatNeverEnd(), within(PATIENCE_MS, missed, [])]);
  const troubles = answers ? [] : ['the store does not answer'];
  if (stuck) troubles.push(`${stuck} ${stuck === 1 ? 'statement' : 'statements'} of the engine never ended; it starts again as soon as nothing long runs`);
  troubles.push(...missing);
  if (!streams.up) troubles.push(streams.why);
  else for (const { stream, listener } of streams.streams) if (listener === 'stopped' || listener === 'never') troubles.push(`no listener is reading the stream ${stream}`);
  return { store: answers, streams, troubles };
}
