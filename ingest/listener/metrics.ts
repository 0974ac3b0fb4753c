import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { InsertFailure } from '../../clickhouse/client';

/** What this listener process has done, for Prometheus. Written where it happens, read by its endpoint. */

export const registry = new Registry();
const registers = [registry];

const messages = new Counter({ name: 'throughline_listener_messages_total', help: 'Messages that are on disk and acknowledged', labelNames: ['stream'], registers });
const redeliveries = new Counter({ name: 'throughline_listener_redeliveries_total', help: 'Messages among them that had been delivered before', labelNames: ['stream'], registers });
const events = new Counter({ name: 'throughline_listener_events_total', help: 'Events written', labelNames: ['stream'], registers });
const letters = new Counter({ name: 'throughline_listener_dead_letters_total', help: 'Dead letters written, by reason', labelNames: ['stream', 'reason'], registers });
const batchMessages = new Histogram({ name: 'throughline_listener_batch_messages', help: 'Messages per batch', labelNames: ['stream'], buckets: [1, 10, 50, 100, 500, 1000, 2500, 5000, 10000], registers });
const batchSeconds = new Histogram({ name: 'throughline_listener_batch_seconds', help: 'From taking a batch up to its acknowledgement', labelNames: ['stream'], buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60], registers });
const insertSeconds = new Histogram({ name: 'throughline_listener_insert_seconds', help: 'One insert that succeeded, until it is on disk', labelNames: ['table'], buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30], registers });
const insertErrors = new Counter({ name: 'throughline_listener_insert_errors_total', help: 'Inserts that failed: retryable (waited out), permanent (the row is looked for), unknown (tried again)', labelNames: ['table', 'class'], registers });
const held = new Gauge({ name: 'throughline_listener_held_messages', help: 'Messages in memory that are not yet acknowledged', labelNames: ['stream'], registers });
const writtenUpTo = new Gauge({ name: 'throughline_listener_written_up_to_timestamp_seconds', help: 'Newest stored timestamp that is on disk', labelNames: ['stream'], registers });

/** One batch, once it is acknowledged. */
export interface BatchDone {
  readonly stream: string;
  readonly messages: number;
  readonly redelivered: number;
  readonly events: number;
  readonly reasons: readonly string[];
  /** Newest stored timestamp of the batch, milliseconds since 1970. */
  readonly upTo: number;
  readonly seconds: number;
  /** Messages that are still held. */
  readonly holding: number;
}

export function batchDone(batch: BatchDone): void {
  const { stream } = batch;
  messages.inc({ stream }, batch.messages);
  redeliveries.inc({ stream }, batch.redelivered);
  events.inc({ stream }, batch.events);
  for (const reason of batch.reasons) letters.inc({ stream, reason: reasonLabel(reason) });
  batchMessages.observe({ stream }, batch.messages);
  batchSeconds.observe({ stream }, batch.seconds);
  held.set({ stream }, batch.holding);
  writtenUpTo.set({ stream }, batch.upTo / 1000);
}

const REASONS_KEPT = 100;
const reasons = new Set<string>();

/** A publisher may name a reason of its own: what is no code, or one too many, is counted together. */
function reasonLabel(reason: string): string {
  if (reasons.has(reason)) return reason;
  if (!/^[A-Z][A-Z0-9_]{0,60}$/.test(reason) || reasons.size >= REASONS_KEPT) return 'OTHER';
  reasons.add(reason);
  return reason;
}

const failing = new Map<string, number>();

export function insertDone(table: string, seconds: number): void {
  failing.delete(table);
  insertSeconds.observe({ table }, seconds);
}

export function insertFailed(table: string, kind: InsertFailure): void {
  insertErrors.inc({ table, class: kind });
  // A refusal for good is an answer; only what is tried again keeps messages waiting.
  if (kind === 'permanent') failing.delete(table);
  else if (!failing.has(table)) failing.set(table, Date.now());
}

/** Tables whose inserts fail at present, with how long already, in seconds. */
export function failingInserts(): { table: string; seconds: number }[] {
  return [...failing].map(([table, since]) => ({ table, seconds: Math.round((Date.now() - since) / 1000) }));
}
