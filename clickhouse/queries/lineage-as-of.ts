import { z } from 'zod';
import { defineQuery } from '../client';
import { lineRow } from './lineage';
import { chainFacts, FACTS_NEEDED, type Reach } from './lineage-chain-facts';
import { BY_KEYS, chainFactRow, type Anchor } from './lineage-chains';
import { keyParams } from './lineage-completeness';

/**
 * Chains as they were known at a moment, by recorded time. document_lines keeps the latest revision only: what it holds
 * and was recorded by then was in force then too, since nothing recorded earlier ranks higher; of documents that something
 * later has spoken of, the events themselves are read again, by the key of the log.
 */

const KNOWN_AT = "{known_at:DateTime64(3, 'UTC')}";

/** Columns of lineRow. */
const KEPT = Object.keys(lineRow.shape).join(', ');
const SHOWN = KEPT.replace('event_key', 'toString(event_key) AS event_key');

const ON_LINES = ['item', 'gtin', 'lot', 'serial', 'expiry', 'quantity', 'uom', 'price', 'amount', 'tax', 'freight', 'location', 'from_location', 'cost_centre', 'flow_type', 'due_at', 'code', 'contract',
  'order_id', 'order_line', 'ref_type', 'ref_id', 'implant'];

/**
 * Facts of events, as document_lines_fill makes them; a test holds the two against each other.
 *
 * @param where on the columns of the log
 */
export const factsOfEvents = (where: string): string => `
  SELECT document_type, document_id, line_id, if(action = 'changed', 'created', action) AS aspect, action,
    if(line_id = '', document_id, concat(document_id, '/', replaceAll(replaceAll(line_id, '%', '%25'), '/', '%2F'))) AS object_id,
    event_key, rank, time, recorded_at, source, facility, actor_kind, revision, business_date, currency, supplier, buyer,
    case_token, procedure_code, service_line, invoice_number, reason, due_date, discount_date, header_tax, header_freight, ${ON_LINES.join(', ')}
  FROM events
  ARRAY JOIN \`lines.id\` AS line_id, ${ON_LINES.map((column) => `\`lines.${column}\` AS ${column}`).join(', ')}
  WHERE ${where} AND document_type IN ('case', 'usage', 'replenishment', 'threshold', 'transfer', 'recall', 'requisition', 'order',
    'shipment', 'receipt', 'invoice', 'match', 'posting', 'payment')`;

/** The name under which events say that they touch a document. */
const DOCUMENT_OBJECT = "multiIf(document_type = 'match', 'invoice', document_type = 'case', 'schedule', document_type IN ('usage', 'posting', 'payment'), concat(document_type, '-document'), document_type)";

/** Columns of the lines of document_lines whose keys satisfy `keys`, as in force at {known_at}. */
function factsKnown(columns: string, keys: string): string {
  const later = `SELECT DISTINCT ${DOCUMENT_OBJECT}, document_id FROM document_lines WHERE (${keys}) AND recorded_at > ${KNOWN_AT}`;
  const spoken = `(toStartOfHour(time), facility, interface, type, time, event_key) IN (
      SELECT toStartOfHour(time), facility, interface, type, time, event_key FROM object_events
      WHERE (object_type, object_id) IN (${later}) AND recorded_at <= ${KNOWN_AT}) AND recorded_at <= ${KNOWN_AT}`;
  return `
    SELECT ${columns} FROM (
      SELECT ${columns}, rank FROM document_lines WHERE (${keys}) AND recorded_at <= ${KNOWN_AT}
      UNION ALL
      SELECT ${columns}, rank FROM (${factsOfEvents(spoken)}) WHERE ${keys}
    )
    ORDER BY rank DESC LIMIT 1 BY document_type, document_id, line_id, aspect`;
}

/** What named lines said at a moment, one row per aspect, the one in force then. */
export const lineageFactsAsOf = defineQuery({
  name: 'lineage_facts_as_of',
  sql: `
    SELECT ${SHOWN} FROM (${factsKnown(KEPT, '(document_type, document_id, line_id) IN arrayZip({types:Array(String)}, {documents:Array(String)}, {lines:Array(String)})')})
    ORDER BY document_type, document_id, line_id, time, aspect`,
  params: z.object({ types: z.array(z.string()), documents: z.array(z.string()), lines: z.array(z.string()), known_at: z.date() }),
  row: lineRow,
});

/** Whole documents are asked for where a line may have been named without its line. */
const BELONGING = `${BY_KEYS.lines} OR (${BY_KEYS.wholes}) OR (${BY_KEYS.documents} AND document_type IN ('usage', 'requisition', 'order', 'posting'))`;

const NEEDED = FACTS_NEEDED.join(', ');

/** Facts of the documents of a chain. The engine works them out before it plans the rest, so that a plan does not show what is read for them. */
export const chainFactsKnown = factsKnown(NEEDED, BELONGING);

/** The facts are worked out once and then looked at from every side: each side by itself would read them again, and compare them with every key. */
const THEN: Reach = {
  ...BY_KEYS,
  lines: 'asked_line',
  wholes: 'asked_whole',
  documents: '1',
  given: {
    expression: `(SELECT groupArray(tuple(${NEEDED}, ${BY_KEYS.lines}, ${BY_KEYS.wholes})) FROM (${chainFactsKnown})) AS known_then`,
    rows: `(SELECT ${[...FACTS_NEEDED, 'asked_line', 'asked_whole'].map((column, i) => `known_line.${i + 1} AS ${column}`).join(', ')} FROM (SELECT arrayJoin(known_then) AS known_line))`,
  },
  links: (type) => `${BY_KEYS.links(type)} AND links.recorded_at <= ${KNOWN_AT}`,
};

const asOf = (anchor: Anchor) =>
  defineQuery({
    name: `lineage_chains_as_of_${anchor.replace('-', '_')}`,
    sql: chainFacts(THEN, [anchor]),
    params: z.object({ ...keyParams, known_at: z.date() }),
    row: chainFactRow,
  });

/** The facts of named chains as they were at a moment: by the statement that works them out now, over what was known then. */
export const chainsAsOf = { 'order-line': asOf('order-line'), usage: asOf('usage'), 'requisition-line': asOf('requisition-line') } as const;
