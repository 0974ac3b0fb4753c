import { z } from 'zod';
import { defineQuery, insertRows, type Store } from './client';
import { inferEdges, ORDERED_WITHIN_MS, USED_WITHIN_MS, type InferredEdge, type Move, type MoveKind } from './inference-rules';
import { ITEM_BY_GTIN } from './queries/items';
import { logSeenUntil } from './queries/seen';

/**
 * Keeps `inferred_links` up with the log. A late usage changes the edges of one request only: the next one for its item at
 * its location; a late request its own and those of the next. So a run reads the moves of the touched items around the
 * touched times, and replaces all edges into each request and order line that it looked at.
 */

/** Items whose moves are worked through at once. */
const ITEMS_AT_ONCE = 25;
/** Touched moves that one run takes. */
const MOST_TOUCHED = 20_000;
const OVERLAP_MS = 500;
const SECONDS = 300;
/**
 * How far an edge reaches: a touched usage concerns requests this much later; a touched request or order that states what
 * it served takes that away from one this much earlier.
 */
const REACH_MS = Math.max(USED_WITHIN_MS, ORDERED_WITHIN_MS);

const lastRun = defineQuery({
  name: 'inference_last_run',
  sql: 'SELECT run, touched_until, edges, took_ms FROM inference_runs ORDER BY run DESC LIMIT 1',
  params: z.object({}),
  row: z.object({ run: z.number(), touched_until: z.string(), edges: z.number(), took_ms: z.number() }),
});

/** Items touched in a slice, with the span of times to look at. What a touched usage was taken to have served before is looked at too: it may have moved. */
const touchedItems = defineQuery({
  name: 'inference_touched_items',
  sql: `
    SELECT if(master_item = '', thing, master_item) AS item, min(time) AS first, max(time) AS last, max(touched_at) AS until, sum(count()) OVER () AS moves FROM (
      SELECT thing, time, touched_at FROM move_touched WHERE touched_at >= {since:DateTime64(3, 'UTC')} AND touched_at < {until:DateTime64(3, 'UTC')} ORDER BY touched_at LIMIT ${MOST_TOUCHED}
      UNION ALL
      SELECT thing, item_moves.time, toDateTime64(0, 3, 'UTC') FROM item_moves WHERE (thing, object_id) IN (
        SELECT thing, peer_id FROM (SELECT DISTINCT thing, object_id FROM move_touched WHERE touched_at >= {since:DateTime64(3, 'UTC')} AND touched_at < {until:DateTime64(3, 'UTC')} AND kind = 'usage') AS touched
        INNER JOIN inferred_links ON node_id = touched.object_id WHERE node_type = 'usage' AND direction = 'down' AND NOT gone)
    ) AS touched LEFT JOIN (${ITEM_BY_GTIN}) AS pack ON pack.gtin = touched.thing
    GROUP BY item ORDER BY item`,
  params: z.object({ since: z.date(), until: z.date() }),
  row: z.object({ item: z.string(), first: z.string(), last: z.string(), until: z.string(), moves: z.number() }),
  limits: { rows: MOST_TOUCHED * 2, seconds: SECONDS },
});

const allItems = defineQuery({
  name: 'inference_all_items',
  sql: `
    SELECT if(master_item = '', thing, master_item) AS item FROM (SELECT DISTINCT thing FROM item_moves) AS moved LEFT JOIN (${ITEM_BY_GTIN}) AS pack ON pack.gtin = moved.thing GROUP BY item ORDER BY item`,
  params: z.object({}),
  row: z.object({ item: z.string() }),
  limits: { rows: 5_000_000, seconds: SECONDS },
});

/** Moves of some items in a span, each in force (of its newest revision), and whether documents state what it served. */
const movesOf = `
  WITH things AS (SELECT thing, item FROM (
    SELECT arrayJoin({items:Array(String)}) AS item, item AS thing
    UNION ALL SELECT master_item AS item, gtin AS thing FROM (${ITEM_BY_GTIN}) WHERE master_item IN {items:Array(String)})),
  moves AS (
    SELECT thing, kind, object_id, argMax(event_key, rank) AS latest, argMax(facility, rank) AS at_facility, argMax(location, rank) AS at_location, min(time) AS first, argMax(quantity, rank) AS amount, argMax(uom, rank) AS unit
    FROM item_moves WHERE thing IN (SELECT thing FROM things) AND time >= {from:DateTime64(3, 'UTC')} AND time <= {to:DateTime64(3, 'UTC')} GROUP BY thing, kind, object_id)
  SELECT item, kind, object_id AS id, at_facility AS facility, at_location AS location, toUnixTimestamp64Milli(first) AS at, toString(amount) AS quantity, unit AS uom,
    multiIf(
      kind = 'usage', object_id IN (SELECT node_id FROM links WHERE node_type = 'usage' AND direction = 'down' AND qualifier = 'triggers' AND node_id IN (SELECT object_id FROM moves WHERE kind = 'usage')),
      kind = 'requisition-line', object_id IN (SELECT node_id FROM links WHERE node_type = 'requisition-line' AND direction = 'down' AND node_id IN (SELECT object_id FROM moves WHERE kind = 'requisition-line')),
      kind = 'order-line', object_id IN (SELECT node_id FROM links WHERE node_type = 'order-line' AND direction = 'up' AND node_id IN (SELECT object_id FROM moves WHERE kind = 'order-line')),
      0) AS stated
  FROM moves INNER JOIN things USING (thing)
  WHERE (object_id, latest) IN (
    SELECT object_id, argMax(event_key, rank) FROM document_lines
    WHERE aspect IN ('recorded', 'requested', 'submitted', 'created') AND (document_type, document_id) IN (
      SELECT if(kind = 'usage', 'usage', replaceOne(kind, '-line', '')), substring(object_id, 1, length(object_id) - position(reverse(object_id), '/')) FROM moves)
    GROUP BY document_type, object_id)
  ORDER BY item`;

interface MoveRow {
  readonly item: string;
  readonly kind: MoveKind;
  readonly id: string;
  readonly facility: string;
  readonly location: string;
  readonly at: string | number;
  readonly quantity: string | null;
  readonly uom: string;
  readonly stated: number;
}

export interface InferenceRun {
  edges: number;
  full: boolean;
  tookMs: number;
  /** Whether something that was touched meanwhile waits for the next run. */
  more: boolean;
}

/**
 * One run. Without `full` it does nothing (and answers null) while nothing has been touched.
 * @param counted inferred relations count in the chains, which are worked out anew where they change
 */
export async function refreshInference(store: Store, { full = false, counted = false } = {}): Promise<InferenceRun | null> {
  const [[last], until] = await Promise.all([lastRun(store, {}), logSeenUntil(store)]);
  const began = Date.now();
  const all = full || !last;
  const touched = all ? [] : await touchedItems(store, { since: new Date(Date.parse(last.touched_until) - OVERLAP_MS), until });
  if (!all && touched.length === 0) return null;
  const run = Math.max(began, (last?.run ?? 0) + 1);
  const more = !all && (touched[0]?.moves ?? 0) >= MOST_TOUCHED;
  const upTo = more ? new Date(Math.max(...touched.map((each) => Date.parse(each.until)))) : until;

  const spans = all ? (await allItems(store, {})).map(({ item }) => ({ item, first: -Infinity, last: Infinity })) : touched.map(({ item, first, last: latest }) => ({ item, first: Date.parse(first), last: Date.parse(latest) }));
  let edges = 0;
  for (let i = 0; i < spans.length; i += ITEMS_AT_ONCE) edges += await workThrough(store, spans.slice(i, i + ITEMS_AT_ONCE), run, counted);
  const tookMs = Date.now() - began;
  await store.command("INSERT INTO inference_runs (run, touched_until, full, edges, took_ms) SELECT {run:UInt64}, {until:DateTime64(3, 'UTC')}, {full:UInt8}, {edges:UInt64}, {took:UInt32}",
    { run, until: upTo, full: all ? 1 : 0, edges, took: tookMs }, { name: 'inference_run_end' });
  return { edges, full: all, tookMs, more };
}

interface Span {
  readonly item: string;
  readonly first: number;
  readonly last: number;
}

const EARLIEST = Date.parse('1900-01-02T00:00:00Z');
const LATEST = Date.parse('2299-12-30T00:00:00Z');
const clamp = (ms: number): Date => new Date(Math.min(LATEST, Math.max(EARLIEST, ms)));

async function workThrough(store: Store, spans: readonly Span[], run: number, counted: boolean): Promise<number> {
  // What is looked at lies within reach of what was touched, and what that stands on within reach of it.
  const from = clamp(Math.min(...spans.map(({ first }) => first)) - 2 * REACH_MS);
  const to = clamp(Math.max(...spans.map(({ last }) => last)) + REACH_MS);
  const rows = await store.select<MoveRow>(movesOf, { items: spans.map(({ item }) => item), from, to }, { name: 'inference_moves', settings: { max_execution_time: SECONDS } });
  const moves = new Map<string, Move[]>();
  for (const { item, ...row } of rows) {
    const list = moves.get(item);
    const move: Move = { ...row, at: Number(row.at), stated: row.stated === 1 };
    if (list) list.push(move);
    else moves.set(item, [move]);
  }
  const edges: InferredEdge[] = [];
  const targets: { type: MoveKind; id: string }[] = [];
  for (const { item, first, last } of spans) {
    const own = moves.get(item) ?? [];
    const looked = own.filter((move) => move.kind !== 'usage' && move.at >= first - REACH_MS && move.at <= last + REACH_MS);
    const ids = new Set(looked.map(({ kind, id }) => `${kind} ${id}`));
    targets.push(...looked.map(({ kind, id }) => ({ type: kind, id })));
    edges.push(...inferEdges(own).filter(({ to: end }) => ids.has(`${end.type} ${end.id}`)));
  }
  const orders = counted ? targets.filter(({ type }) => type === 'order-line').map(({ id }) => id) : [];
  await touchChains(store, orders);
  await replace(store, targets, edges, run);
  await touchChains(store, orders);
  return edges.length;
}

/** Chains are worked out anew where an edge into one of their order lines goes or comes. */
async function touchChains(store: Store, orders: readonly string[]): Promise<void> {
  for (let i = 0; i < orders.length; i += MOST_TOUCHED) {
    await store.command(
      `INSERT INTO chain_touched (type, id)
       SELECT DISTINCT tupleElement(thing, 1), tupleElement(thing, 2) FROM (
         SELECT arrayJoin([(toString(node_type), node_id), (toString(peer_type), peer_id)]) AS thing FROM inferred_links FINAL
         WHERE node_type = 'order-line' AND direction = 'up' AND node_id IN {orders:Array(String)} AND NOT gone)`,
      { orders: orders.slice(i, i + MOST_TOUCHED) }, { name: 'inference_chains', settings: { max_execution_time: SECONDS } },
    );
  }
}

/** All edges into the targets become these. */
async function replace(store: Store, targets: readonly { type: MoveKind; id: string }[], edges: readonly InferredEdge[], run: number): Promise<void> {
  const rows = edges.flatMap(({ from, to, qualifier, rule, confidence, why, at }) => {
    const of = { run, gone: 0, qualifier, rule, confidence, why, time: new Date(at).toISOString().replace('T', ' ').replace('Z', '') };
    return [
      { node_type: from.type, node_id: from.id, direction: 'down', peer_type: to.type, peer_id: to.id, ...of },
      { node_type: to.type, node_id: to.id, direction: 'up', peer_type: from.type, peer_id: from.id, ...of },
    ];
  });
  if (rows.length > 0) await insertRows(store, 'inferred_links', rows);
  for (let i = 0; i < targets.length; i += MOST_TOUCHED) {
    const some = targets.slice(i, i + MOST_TOUCHED);
    await store.command(
      `INSERT INTO inferred_links (node_type, node_id, direction, peer_type, peer_id, run, gone)
       SELECT if(side = 'up', node_type, peer_type), if(side = 'up', node_id, peer_id), side, if(side = 'up', peer_type, node_type), if(side = 'up', peer_id, node_id), {run:UInt64}, 1
       FROM inferred_links FINAL ARRAY JOIN ['up', 'down'] AS side
       WHERE direction = 'up' AND (node_type, node_id) IN arrayZip({types:Array(String)}, {ids:Array(String)}) AND run < {run:UInt64} AND NOT gone`,
      { run, types: some.map(({ type }) => type), ids: some.map(({ id }) => id) }, { name: 'inference_gone', settings: { max_execution_time: SECONDS } },
    );
  }
}

/** Has the next run work out everything anew: after facts were changed in another way than by events. */
export async function inferAnew(store: Store): Promise<void> {
  await store.command('TRUNCATE TABLE IF EXISTS inference_runs', {}, { name: 'inference_anew' });
}
