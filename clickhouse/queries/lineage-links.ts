import { z } from 'zod';
import { BY_KEY, defineQuery } from '../client';
import { IN_NODES, KNOWN, nodes } from './lineage';

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

const IN_WAYS = "(node_type, node_id, direction) IN arrayZip({types:Array(String)}, {ids:Array(String)}, CAST({ways:Array(String)} AS Array(Enum8('down' = 1, 'up' = -1))))";

/**
 * The links of some nodes, each in a direction of its own (`ways`), as the table has them: one that several parts hold comes
 * several times. By key, and quick to plan: a chain asks for its links step by step.
 */
const ways = (which: Which, name: string) => defineQuery({
  name,
  sql: which === 'stated' ? `${rowsOf(which, IN_WAYS)} LIMIT {most:UInt32}` : `SELECT * FROM (${rowsOf(which, IN_WAYS)}) LIMIT {most:UInt32}`,
  params: z.object({ ...asked, ways: z.array(direction) }),
  row: z.object({ ...linkRow, direction }),
});

/**
 * The same as far as it is known now and stated: `nodes` and `peer` are texts as link_steps has them (`down\torder-line\tPO-1/10`
 * and `receipt-line\treceives\tGR-1/1`), since what a step costs is the columns that it reads.
 */
export const lineageSteps = defineQuery({
  name: 'lineage_steps',
  sql: 'SELECT node, peer, link_steps.time AS time FROM link_steps WHERE node IN {nodes:Array(String)} LIMIT {most:UInt32}',
  params: z.object({ nodes: z.array(z.string()), most: z.number().int() }),
  row: z.object({ node: z.string(), peer: z.string(), time: z.string() }),
  limits: BY_KEY,
});

export const lineageHop = { stated: hop('stated', 'lineage_hop'), inferred: hop('inferred too', 'lineage_hop_inferred') } as const;
export const lineageWays = { stated: ways('stated', 'lineage_ways'), inferred: ways('inferred too', 'lineage_ways_inferred') } as const;
