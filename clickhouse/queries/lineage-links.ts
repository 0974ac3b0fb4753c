import { z } from 'zod';
import { defineQuery } from '../client';
import { IN_NODES, KNOWN, nodes } from './lineage';
import { ANCHORS } from './lineage-chains';

/**
 * The links that a chain is walked along: those that documents state, as known at a moment; and where they are asked for
 * also those that were inferred and are sure enough, each with its rule, as they are now. Every read goes by the key of its table.
 */

type Which = 'stated' | 'inferred too';

const COLUMNS = 'node_type, node_id, direction, peer_type, peer_id, qualifier';

/** Rows of the links whose nodes and direction fulfil the conditions. */
const rowsOf = (which: Which, where: string): string => {
  const stated = `SELECT ${COLUMNS}, links.time AS time, '' AS rule, toFloat32(1) AS confidence FROM links WHERE ${where} AND stated = 1 AND links.${KNOWN}`;
  // FINAL: of two runs' rows the later holds; only the keys' granules are merged.
  return which === 'stated' ? stated : `${stated} UNION ALL SELECT ${COLUMNS}, time, rule, confidence FROM inferred_links FINAL WHERE ${where} AND NOT gone AND inferred_links.confidence >= {inferred_from:Float64}`;
};

const linkRow = { node_type: z.string(), node_id: z.string(), peer_type: z.string(), peer_id: z.string(), qualifier: z.string(), time: z.string(), rule: z.string(), confidence: z.number() } as const;
const direction = z.enum(['up', 'down']);
const asked = { ...nodes, most: z.number().int(), known_at: z.date(), inferred_from: z.number() } as const;

/** One hop of a walk: the peers of some nodes in one direction. `total` is the number of links before the limit. */
const hop = (which: Which, name: string) => defineQuery({
  name,
  sql: `
    SELECT node_type, node_id, peer_type, peer_id, qualifier, min(said.time) AS time, said.rule AS rule, max(said.confidence) AS confidence, count() OVER () AS total
    FROM (${rowsOf(which, `(node_type, node_id) ${IN_NODES} AND direction = {direction:String}`)}) AS said
    GROUP BY node_type, node_id, peer_type, peer_id, qualifier, rule
    ORDER BY node_type, node_id, peer_type, peer_id, qualifier, rule
    LIMIT {most:UInt32}`,
  params: z.object({ ...asked, direction }),
  row: z.object({ ...linkRow, total: z.number() }),
});

/** The document of a line's key `id`; a key without a slash is a document. */
export const DOCUMENT = "if(position(id, '/') = 0, id, substring(id, 1, length(id) - position(reverse(id), '/')))";
const WAY = "Enum8('down' = 1, 'up' = -1)";
const way = (direction: 'up' | 'down') => `CAST('${direction}' AS ${WAY})`;
/** Where a line is gone on from: upwards by its own name; downwards also by the names under which others may have named its document without its line (containersOf in server/lineage/objects.ts). */
const DOWN_FROM = `if(endsWith(type, '-line') OR type IN ('usage', 'posting', 'payment'),
  [(type, id, ${way('down')}), (if(endsWith(type, '-line'), replaceOne(type, '-line', ''), concat(type, '-document')), ${DOCUMENT}, ${way('down')}), (type, ${DOCUMENT}, ${way('down')})], [(type, id, ${way('down')})])`;
const IN_ANCHORS = (column: string) => `${column} IN (${ANCHORS.map((anchor) => `'${anchor}'`).join(', ')})`;
/** The first of what lies above that chains are judged at: all that came of it is read with it. */
const FROM_HERE = `arrayJoin(multiIf(way = 'down', ${DOWN_FROM}, node_type != '' AND ${IN_ANCHORS('type')} AND NOT ${IN_ANCHORS('node_type')}, arrayPushBack(${DOWN_FROM}, (type, id, ${way('up')})), [(type, id, ${way('up')})]))`;

/**
 * All links that can be reached from some nodes, from each by going on in one direction (`ways`), down also through the
 * documents of the lines, and from the first anchor above down again. `hops`: after how many steps. One read by key for each step, all within the engine.
 */
const reach = (which: Which, name: string) => defineQuery({
  name,
  sql: `
    WITH RECURSIVE reach AS (
      SELECT tupleElement(seed, 1) AS type, tupleElement(seed, 2) AS id, CAST(tupleElement(seed, 3) AS ${WAY}) AS way, toUInt8(0) AS hop, '' AS node_type, '' AS node_id, '' AS qualifier, toDateTime64(0, 3, 'UTC') AS stated_at, '' AS rule, toFloat32(0) AS confidence
      FROM (SELECT arrayJoin(arrayZip({types:Array(String)}, {ids:Array(String)}, {ways:Array(String)})) AS seed)
      UNION ALL
      SELECT toString(said.peer_type) AS type, said.peer_id AS id, said.direction AS way, toUInt8(step.before + 1) AS hop, toString(said.node_type) AS node_type, said.node_id AS node_id, toString(said.qualifier) AS qualifier, said.time AS stated_at,
        toString(said.rule) AS rule, said.confidence AS confidence
      FROM (${rowsOf(which, `(node_type, node_id, direction) IN (SELECT ${FROM_HERE} FROM reach WHERE hop < {deepest:UInt8})`)}) AS said
      CROSS JOIN (SELECT max(hop) AS before FROM reach) AS step
    )
    SELECT node_type, node_id, way AS direction, type AS peer_type, id AS peer_id, qualifier, min(stated_at) AS time, rule, max(reach.confidence) AS confidence, max(hop) AS hops FROM reach
    WHERE hop > 0
    GROUP BY node_type, node_id, direction, peer_type, peer_id, qualifier, rule
    ORDER BY node_type, node_id, direction, peer_type, peer_id, qualifier, rule
    LIMIT {most:UInt32}`,
  params: z.object({ ...asked, ways: z.array(direction), deepest: z.number().int() }),
  row: z.object({ ...linkRow, direction, hops: z.number() }),
});

export const lineageHop = { stated: hop('stated', 'lineage_hop'), inferred: hop('inferred too', 'lineage_hop_inferred') } as const;
export const lineageReach = { stated: reach('stated', 'lineage_reach'), inferred: reach('inferred too', 'lineage_reach_inferred') } as const;
