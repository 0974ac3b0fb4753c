import { insertRows, type Store } from '../../clickhouse/client';
import { refreshMatches } from '../../clickhouse/matches';
import { facilitiesSeen } from '../../clickhouse/queries/span';
import { matchParams } from '../../server/rules/match';
import { decoded, incoming } from '../support/record';
import { load } from './load';

/** Events that come from the simulator through the listener's own decoder; the rest are copies of them, made in the engine. */
const BASE = 60_000;
const CHUNK = 20_000;
/** Copies lie four weeks apart, so that the rhythm of the week stays, over two years; then come further networks. */
const SHIFTS = 26;
const SHIFT_DAYS = 28;

/** Objects that all copies have in common; places belong to their network; everything else is a document of its own copy. */
const SHARED = "('item', 'lot', 'supplier')";
const PLACES = "('location', 'facility')";
const own = (id: string) => `if(${id} = '', '', concat('c', toString({copy:UInt32}), '-', ${id}))`;
const place = (id: string) => `if(${id} = '' OR {network:UInt16} = 0, ${id}, concat(${id}, '-', toString({network:UInt16})))`;
const owned = (type: string, id: string) => `multiIf(${type} IN ${SHARED}, ${id}, ${type} IN ${PLACES}, ${place(id)}, ${own(id)})`;
const earlier = (time: string) => `${time} - toIntervalDay({days:UInt32})`;
const hashed = (key: string) => `reinterpretAsUUID(sipHash128(${key}, {copy:UInt32}))`;
const each = (array: string, of: (x: string) => string) => `arrayMap(x -> ${of('x')}, \`${array}\`) AS \`${array}\``;
const typed = (types: string, ids: string) => `arrayMap((t, x) -> ${owned('t', 'x')}, \`${types}\`, \`${ids}\`) AS \`${ids}\``;

/** Master data is said once; a copy of a place is a place of its own all the same. */
const COPIED = "document_type NOT IN ('item', 'supplier', 'contract', 'uom', 'costcenter', 'fxrate')";
const COPY = `SELECT * REPLACE (
    ${hashed('event_key')} AS event_key, ${hashed('identity')} AS identity, ${own('id')} AS id, ${earlier('time')} AS time, ${earlier('recorded_at')} AS recorded_at,
    stream_seq + {copy:UInt32} * ${BASE} AS stream_seq, ${place('facility')} AS facility, if(document_type = 'location', ${place('document_id')}, ${own('document_id')}) AS document_id,
    ${earlier('business_date')} AS business_date, ${earlier('due_date')} AS due_date, ${earlier('discount_date')} AS discount_date, ${own('case_token')} AS case_token,
    ${own('invoice_number')} AS invoice_number, ${each('lines.location', place)}, ${each('lines.from_location', place)}, ${each('lines.order_id', own)},
    ${typed('lines.ref_type', 'lines.ref_id')}, ${each('lines.due_at', earlier)},
    ${typed('links.from_type', 'links.from_id')}, ${typed('links.to_type', 'links.to_id')}, ${typed('objects.type', 'objects.id')})
  FROM bench_base WHERE ${COPIED}`;

export interface Filled {
  events: number;
  seconds: number;
  /** A full run of the three-way match over all of it. */
  matchSeconds: number;
}

/** Fills an empty log, with every view and the three-way match, to about `events` events of the simulator's true mix. */
export async function fillLog(store: Store, events: number, seed: string, say: (line: string) => void): Promise<Filled> {
  const began = performance.now();
  const base = Math.min(events, BASE);
  let seq = 0;
  let chunk: ReturnType<typeof incoming>[] = [];
  const flush = async () => {
    const rows = await decoded(chunk);
    chunk = [];
    await insertRows(store, 'events', rows.events);
    await insertRows(store, 'dead_letters', rows.dead);
  };
  for (const message of load(base, seed)) {
    chunk.push(incoming(message, ++seq, message.publishAt));
    if (chunk.length >= CHUNK) await flush();
  }
  await flush();
  if (events > base) await copy(store, events, say);

  const zones = Object.fromEntries((await facilitiesSeen(store)).map(({ id, zone }) => [id, zone || 'UTC']));
  const filled = performance.now();
  await refreshMatches(store, { ...matchParams(), zones, zone: 'UTC' }, { full: true });
  const [row] = await store.select<{ events: number }>('SELECT count() AS events FROM events');
  return { events: row?.events ?? 0, seconds: (filled - began) / 1000, matchSeconds: (performance.now() - filled) / 1000 };
}

async function copy(store: Store, events: number, say: (line: string) => void): Promise<void> {
  const columns = await store.select<{ name: string }>("SELECT name FROM system.columns WHERE database = currentDatabase() AND table = 'events' AND default_kind = '' ORDER BY position");
  const names = columns.map(({ name }) => `\`${name}\``).join(', ');
  await store.command(`CREATE TABLE bench_base ENGINE = MergeTree ORDER BY tuple() AS SELECT ${names} FROM events FINAL`);
  const [size] = await store.select<{ n: number }>(`SELECT countIf(${COPIED}) AS n FROM bench_base`);
  const copies = Math.ceil((events - BASE) / Math.max(1, size?.n ?? 1));
  for (let n = 1; n <= copies; n++) {
    const params = { copy: n, network: Math.floor(n / SHIFTS), days: (n % SHIFTS) * SHIFT_DAYS };
    await store.command(`INSERT INTO events (${names}) ${COPY}`, params, { name: 'bench_copy', settings: { max_partitions_per_insert_block: '0', max_execution_time: 600 } });
    if (n % 10 === 0) say(`filled ${n} of ${copies} copies`);
  }
  await store.command('DROP TABLE bench_base');
}
