import { Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import type { Store } from '@/clickhouse/client';
import { setAside } from '@/clickhouse/queries/damage';
import { deadLetterTotals } from '@/clickhouse/queries/health';
import { newestEvent } from '../overview/pipeline';
import { engineMetrics } from './engine';
import { health } from './health';

/** What Prometheus is told by the web: how far the record is behind, and what the supervised listener says itself. */

// Next may load this module once per bundle; what the process has used is counted once all the same.
const shared = globalThis as typeof globalThis & { throughlineProcessMetrics?: Registry };

function processMetrics(): Registry {
  if (!shared.throughlineProcessMetrics) {
    shared.throughlineProcessMetrics = new Registry();
    collectDefaultMetrics({ register: shared.throughlineProcessMetrics, prefix: 'throughline_web_' });
  }
  return shared.throughlineProcessMetrics;
}

/** A scrape must not become load: all that ask within this time get one answer. */
const KEPT_MS = 2_000;
let kept: { at: number; text: Promise<string> } | undefined;

export const CONTENT_TYPE = Registry.PROMETHEUS_CONTENT_TYPE;

/**
 * The metrics as Prometheus text. What cannot be asked is left out, never zero.
 * @param listener address of a listener's own endpoint, whose metrics are put behind
 */
export function metricsText(store: Store, listener: string | undefined = process.env.LISTENER_METRICS_URL): Promise<string> {
  const now = Date.now();
  if (!kept || now - kept.at > KEPT_MS) kept = { at: now, text: compose(store, listener) };
  return kept.text;
}

async function compose(store: Store, listener: string | undefined): Promise<string> {
  const registry = new Registry();
  const gauge = <L extends string>(name: string, help: string, ...labelNames: L[]) => new Gauge<L>({ name: `throughline_${name}`, help, labelNames, registers: [registry] });
  const [state, newest, letters, damaged, own, engine] = await Promise.all([
    health(store),
    newestEvent(store).catch(() => null),
    deadLetterTotals(store, {}).catch(() => null),
    setAside(store, {}).catch(() => null),
    listener ? fetchMetrics(listener) : null,
    engineMetrics(),
  ]);
  const now = Date.now();
  gauge('store_up', 'Whether the store answers').set(state.store ? 1 : 0);
  gauge('stream_up', 'Whether NATS JetStream answers').set(state.streams.up ? 1 : 0);
  if (listener) gauge('listener_up', 'Whether the supervised listener answers').set(own === null ? 0 : 1);
  if (state.streams.up) {
    const pending = gauge('consumer_pending', 'Messages not yet handed to a listener', 'stream');
    const ackPending = gauge('consumer_ack_pending', 'Messages handed to a listener and not yet acknowledged', 'stream');
    const redelivered = gauge('consumer_redelivered', 'Messages handed over more than once and still not acknowledged', 'stream');
    const listening = gauge('consumer_listening', 'Whether a listener asks for messages of the stream', 'stream');
    const messages = gauge('stream_messages', 'Messages that the stream holds', 'stream');
    const bytes = gauge('stream_bytes', 'Size of the stream', 'stream');
    const lag = gauge('lag_seconds', 'Age of the oldest message that is not yet on disk; 0 where none waits', 'stream');
    for (const each of state.streams.streams) {
      const { stream } = each;
      pending.set({ stream }, each.pending);
      ackPending.set({ stream }, each.ackPending);
      redelivered.set({ stream }, each.redelivered);
      listening.set({ stream }, each.listener === 'listening' || each.listener === 'behind' ? 1 : 0);
      messages.set({ stream }, each.messages);
      bytes.set({ stream }, each.bytes);
      if (each.waitingSince) lag.set({ stream }, Math.max(0, now - each.waitingSince.getTime()) / 1000);
      else if (each.pending + each.ackPending === 0) lag.set({ stream }, 0);
    }
  }
  if (newest) {
    gauge('newest_event_timestamp_seconds', 'When the newest event was recorded').set(newest.getTime() / 1000);
    gauge('newest_event_age_seconds', 'Since when nothing has been recorded').set(Math.max(0, now - newest.getTime()) / 1000);
  }
  if (letters) {
    const totals = gauge('dead_letters', 'Messages that could not be read, by reason, of all time', 'reason');
    for (const { reason_code: reason, letters: count } of letters) totals.set({ reason }, count);
  }
  if (damaged) {
    const parts = gauge('damaged_parts', 'Parts of tables that were set aside because their files are damaged, by what became of their rows: merged and inserted are elsewhere, lost are missing', 'table', 'rows');
    for (const { name_of_table: table, rows } of damaged) parts.inc({ table, rows });
  }
  return [await registry.metrics(), await processMetrics().metrics(), own ?? '', engine ?? ''].join('\n');
}

async function fetchMetrics(listener: string): Promise<string | null> {
  try {
    const token = process.env.METRICS_TOKEN;
    const answer = await fetch(`${listener}/metrics`, { signal: AbortSignal.timeout(1_000), headers: token ? { authorization: `Bearer ${token}` } : {} });
    return answer.ok ? await answer.text() : null;
  } catch {
    return null;
  }
}
