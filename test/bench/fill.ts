import { insertRows, type Store } from '../../clickhouse/client';
import { decoded, incoming } from '../support/record';
import { bringUp } from './bring-up';
import { load } from './load';

/** Events that come from the simulator through the listener's own decoder; the rest are copies of them, made in the engine. */
const BASE = 60_000;
const CHUNK = 20_000;
/** Copies lie four weeks apart, so that the rhythm of the week stays, over five years; then come further networks. */
const SHIFTS = 65;
const SHIFT_DAYS = 28;
const COPIES_AT_ONCE = 4;
const COPYING = { max_partitions_per_insert_block: '0', max_execution_time: 600, parallel_view_processing: 1, max_insert_threads: '2' } as const;

/** Objects that all copies have in common; places belong to their network; everything else is a document of its own copy. */
const SHARED = "('item', 'lot', 'supplier')";
const PLACES = "('location', 'facility')";
const own = (id: string) => `if(${id} = '', '', concat('c', toString(copy), '-', ${id}))`;
const place = (id: string) => `if(${id} = '' OR network = 0, ${id}, concat(${id}, '-', toString(network)))`;
const owned = (type: string, id: string) => `multiIf(${type} IN ${SHARED}, ${id}, ${type} IN ${PLACES}, ${place(id)}, ${own(id)})`;
const earlier = (time: string) => `${time} - toIntervalDay({days:UInt32})`;
const hashed = (key: string) => `reinterpretAsUUID(sipHash128(${key}, copy))`;
const each = (array: string, of: (x: string) => string) => `arrayMap(x -> ${of('x')}, \`${array}\`) AS \`${array}\``;
const typed = (types: string, ids: string) => `arrayMap((t, x) -> ${owned('t', 'x')}, \`${types}\`, \`${ids}\`) AS \`${ids}\``;

/** Master data is said once; a copy of a place is a place of its own all the same. */
const COPIED = "document_type NOT IN ('item', 'supplier', 'contract', 'uom', 'costcenter', 'fxrate')";
const COPY = `SELECT * EXCEPT (copy, network) REPLACE (
    ${hashed('event_key')} AS event_key, ${hashed('identity')} AS identity, ${own('id')} AS id, ${earlier('time')} AS time, ${earlier('recorded_at')} AS recorded_at,
    stream_seq + toUInt64(copy) * ${BASE} AS stream_seq, ${place('facility')} AS facility, if(document_type = 'location', ${place('document_id')}, ${own('document_id')}) AS document_id,
    ${earlier('business_date')} AS business_date, ${earlier('due_date')} AS due_date, ${earlier('discount_date')} AS discount_date, ${own('case_token')} AS case_token,
    ${own('invoice_number')} AS invoice_number, ${each('lines.location', place)}, ${each('lines.from_location', place)}, ${each('lines.order_id', own)},
    ${typed('lines.ref_type', 'lines.ref_id')}, ${each('lines.due_at', earlier)},
    ${typed('links.from_type', 'links.from_id')}, ${typed('links.to_type', 'links.to_id')}, ${typed('objects.type', 'objects.id')})
  FROM (SELECT *, arrayJoin({copies:Array(UInt32)}) AS copy, intDiv(copy, ${SHIFTS}) AS network FROM bench_base WHERE ${COPIED})`;

export interface Filled {
  events: number;
  seconds: number;
  /** Of these, what is kept up by runs and not by views, worked out for all of it. */
  upkeepSeconds: number;
}

/**
 * Fills the log, with every view and the three-way match, to about `events` events of the simulator's true mix. What an
 * earlier call has filled is gone on with.
 */
export async function fillLog(store: Store, events: number, seed: string, say: (line: string) => void, base = BASE, upkeep = bringUp): Promise<Filled> {
  const began = performance.now();
  const [filledBefore] = await store.select<{ found: number }>("SELECT count() AS found FROM system.tables WHERE database = currentDatabase() AND name = 'bench_copied'");
  const fresh = !filledBefore?.found;
  if (fresh) await fillBase(store, Math.min(events, base), seed);
  const copied = await copy(store, events - base, say);

  const filled = performance.now();
  if (fresh || copied > 0) await upkeep(store);
  const [row] = await store.select<{ events: number }>('SELECT count() AS events FROM events');
  return { events: row?.events ?? 0, seconds: (performance.now() - began) / 1000, upkeepSeconds: (performance.now() - filled) / 1000 };
}

/** The first events come as they come to the listener, through its decoder. */
async function fillBase(store: Store, events: number, seed: string): Promise<void> {
  let seq = 0;
  let chunk: ReturnType<typeof incoming>[] = [];
  const flush = async () => {
    const rows = await decoded(chunk);
    chunk = [];
    await insertRows(store, 'events', rows.events);
    await insertRows(store, 'dead_letters', rows.dead);
  };
  for (const message of load(events, seed)) {
    chunk.push(incoming(message, ++seq, message.publishAt));
    if (chunk.length >= CHUNK) await flush();
  }
  await flush();
  await store.command(`CREATE TABLE bench_base ENGINE = MergeTree ORDER BY tuple() AS SELECT ${await logColumns(store)} FROM events FINAL`);
  await store.command('CREATE TABLE bench_copied (copy UInt32) ENGINE = MergeTree ORDER BY copy');
}

async function logColumns(store: Store): Promise<string> {
  const columns = await store.select<{ name: string }>("SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'events' AND default_kind = '' ORDER BY position");
  return columns.map(({ name }) => `\`${name}\``).join(', ');
}

/** Copies of the base until there are `events` of them, and how many were made; those of one month in one statement: large parts, and few merges. */
async function copy(store: Store, events: number, say: (line: string) => void): Promise<number> {
  let filled = 0;
  const [size] = await store.select<{ n: number; copied: number[] }>(`SELECT countIf(${COPIED}) AS n, (SELECT groupArray(copy) FROM bench_copied) AS copied FROM bench_base`);
  const done = new Set(size?.copied);
  const copies = Math.max(0, Math.ceil(events / Math.max(1, size?.n ?? 1)));
  const columns = await logColumns(store);
  const began = performance.now();
  for (let shift = 0; shift < Math.min(SHIFTS, copies + 1); shift++) {
    const month = Array.from({ length: Math.floor((copies - shift) / SHIFTS) + 1 }, (_, network) => shift + network * SHIFTS).filter((n) => n > 0 && !done.has(n));
    for (let at = 0; at < month.length; at += COPIES_AT_ONCE) {
      const some = month.slice(at, at + COPIES_AT_ONCE);
      await store.command(`INSERT INTO events (${columns}) ${COPY}`, { copies: some, days: shift * SHIFT_DAYS }, { name: 'bench_copy', settings: COPYING });
      await store.command('INSERT INTO bench_copied SELECT arrayJoin({copies:Array(UInt32)})', { copies: some });
    }
    filled += month.length;
    if (month.length > 0) say(`copies of ${shift * SHIFT_DAYS} days earlier: ${month.length}, after ${Math.round((performance.now() - began) / 1000)} s`);
  }
  return filled;
}
