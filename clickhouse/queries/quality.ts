import { z } from 'zod';
import { defineList, defineQuery } from '../client';
import { keptRows } from './desk';
import { ITEM_BY_GTIN } from './items';
import { IN_FACILITIES, IN_RANGE, scope } from './scope';

/**
 * Master-data problems: what documents of the range name and the master data do not have, or have twice. Where no master data
 * of a kind has ever come nothing can be said of it, and there are no problems of that kind.
 */

export const QUALITY_KINDS = ['unmapped-usage', 'unknown-item', 'missing-pack-factor', 'duplicate-supplier', 'unknown-supplier', 'unknown-location', 'unknown-cost-centre', 'missing-contract-price'] as const;
export type QualityKind = (typeof QUALITY_KINDS)[number];

const HAS = (kind: string) => `(SELECT count() FROM master_records WHERE kind = '${kind}') > 0`;
const RECORDS = (kind: string) => `SELECT record_id FROM master_records WHERE kind = '${kind}'`;
/** Units that the item master knows, of any time: an item of which it says no unit at all is not judged. */
const PACKS = `SELECT record_id, unit FROM (
    SELECT record_id, arrayJoin(arrayDistinct(arrayConcat([upper(trim(JSONExtractString(attributes, 'baseUom')))], arrayMap(u -> upper(trim(u)), JSONExtract(attributes, 'packFactors', 'Array(Tuple(uom String))').uom)))) AS unit
    FROM master_records WHERE kind = 'item') WHERE unit != ''`;
const PRICED = `SELECT JSONExtractString(attributes, 'contract') AS contract, JSONExtractString(attributes, 'item') AS item FROM master_records WHERE kind = 'contract' AND toDecimal128OrNull(replaceAll(JSONExtractRaw(attributes, 'price'), '"', ''), 6) > 0`;

/** A supplier's name as duplicates are compared: letters and digits, without what only says its legal form. */
const PLAIN_NAME = (name: string) => `replaceAll(replaceRegexpOne(trim(replaceRegexpAll(lowerUTF8(${name}), '[^\\\\p{L}\\\\p{N}]+', ' ')), '( (inc|incorporated|ltd|limited|llc|llp|gmbh|mbh|ag|kg|co|corp|corporation|company|sa|sarl|plc|bv|nv|oy|ab|as))+$', ''), ' ', '')`;

const UNIT = 'upper(trim(uom))';
const STATED = "line_id != '' AND aspect IN ('recorded', 'requested', 'submitted', 'created', 'notified', 'confirmed', 'received', 'shipped', 'completed')";
const BOUGHT = "document_type IN ('requisition', 'order', 'shipment', 'receipt', 'invoice')";
const COUNTED = "document_type IN ('usage', 'requisition', 'order', 'shipment', 'receipt', 'invoice')";
const PLACED = "document_type IN ('usage', 'replenishment', 'transfer', 'requisition', 'order', 'receipt')";
const CHARGED = "document_type IN ('usage', 'requisition', 'order', 'posting')";
const SUPPLIED = "document_type IN ('order', 'shipment', 'receipt', 'invoice')";

/** What each kind of problem is about: the columns of a line that name it, and when the master data has it not. */
const THINGS: Readonly<Record<Exclude<QualityKind, 'duplicate-supplier'>, { readonly of: string; readonly names: readonly [string, string]; readonly lacks: string }>> = {
  'unmapped-usage': { of: "document_type = 'usage'", names: ['item', 'gtin'], lacks: `(item != '' OR gtin != '') AND (item = '' OR item NOT IN (${RECORDS('item')})) AND (gtin = '' OR gtin NOT IN (SELECT gtin FROM (${ITEM_BY_GTIN}))) AND ${HAS('item')}` },
  'unknown-item': { of: BOUGHT, names: ['item', "''"], lacks: `item != '' AND item NOT IN (${RECORDS('item')}) AND ${HAS('item')}` },
  'missing-pack-factor': { of: COUNTED, names: ['item', UNIT], lacks: `item != '' AND uom != '' AND item IN (SELECT record_id FROM (${PACKS})) AND (item, ${UNIT}) NOT IN (${PACKS})` },
  'unknown-supplier': { of: SUPPLIED, names: ['toString(supplier)', "''"], lacks: `supplier != '' AND supplier NOT IN (${RECORDS('supplier')}) AND ${HAS('supplier')}` },
  'unknown-location': { of: PLACED, names: ['toString(location)', "''"], lacks: `location != '' AND location NOT IN (${RECORDS('location')}) AND ${HAS('location')}` },
  'unknown-cost-centre': { of: CHARGED, names: ['toString(cost_centre)', "''"], lacks: `cost_centre != '' AND cost_centre NOT IN (${RECORDS('costcenter')}) AND ${HAS('costcenter')}` },
  'missing-contract-price': { of: "document_type = 'order'", names: ['contract', 'item'], lacks: `contract != '' AND item != '' AND (contract, item) NOT IN (${PRICED}) AND ${HAS('contract')}` },
};
const THING_KINDS = Object.keys(THINGS) as (keyof typeof THINGS)[];

const text = z.string();
const maybe = z.string().nullable();

/**
 * What lines of the range name and the master data do not have, whatever revision said it: a few things among many lines. The
 * master data are asked here once, so that counting lines and money needs no more than these names.
 */
export const lackingThings = defineQuery({
  name: 'quality_things',
  sql: `
    SELECT found.1 AS kind, found.2 AS name, found.3 AS other FROM (
      SELECT arrayJoin(arrayFilter(f -> f.1 != '', [${THING_KINDS.map((kind) => `if(${THINGS[kind].of} AND ${THINGS[kind].lacks}, ('${kind}', ${THINGS[kind].names[0]}, ${THINGS[kind].names[1]}), ('', '', ''))`).join(',\n        ')}])) AS found
      FROM (SELECT document_type, item, gtin, uom, supplier, location, cost_centre, contract FROM document_lines WHERE ${IN_RANGE} AND ${IN_FACILITIES} AND ${STATED}
        GROUP BY document_type, item, gtin, uom, supplier, location, cost_centre, contract)
    )
    GROUP BY kind, name, other ORDER BY kind, name, other LIMIT 5000`,
  params: z.object(scope),
  row: z.object({ kind: text, name: text, other: text }),
});

/** Suppliers with more than one record, by name. The one that is valid the longest is taken for the one that is meant. */
export const duplicateSuppliers = defineQuery({
  name: 'quality_duplicate_suppliers',
  sql: `
    SELECT arrayMap(r -> r.3, ordered) AS ids, arrayMap(r -> r.4, ordered) AS names, toString(ordered[2].2) AS since FROM (
      SELECT arraySort(groupArray((valid, toStartOfDay(seen), record_id, name))) AS ordered FROM (
        SELECT record_id, argMax(JSONExtractString(attributes, 'name'), (valid_from, version, rank)) AS name, min(valid_from) AS valid, min(time) AS seen FROM master_records WHERE kind = 'supplier' GROUP BY record_id
      ) WHERE name != '' GROUP BY ${PLAIN_NAME('name')} HAVING count() > 1
    ) ORDER BY ids`,
  params: z.object({}),
  row: z.object({ ids: z.array(text), names: z.array(text), since: text }),
});

/** The things that are looked for, as lackingThings and duplicateSuppliers give them. */
export const fillQualityParams = {
  ...scope, run: z.number(),
  kinds: z.array(text), names: z.array(text), others: z.array(text),
  /** Records beside the one that is meant, and the record as a whole, such as `SUP-08 + VND-1`. */
  duplicates: z.array(text), duplicate_groups: z.array(text),
} as const;

/** What pages ask; suppliers that are there twice are a problem before anything names them. */
export const qualityParams = {
  ...scope,
  /** Empty: every kind. */
  kind: text,
  duplicates: z.array(text), duplicate_groups: z.array(text), duplicate_since: z.array(text),
} as const;

const NAMES = 'SELECT arrayJoin(arrayZip({kinds:Array(String)}, {names:Array(String)}, {others:Array(String)}))';
const IS = (kind: keyof typeof THINGS) => `${THINGS[kind].of} AND ('${kind}', ${THINGS[kind].names[0]}, ${THINGS[kind].names[1]}) IN (${NAMES})`;
const IS_DUPLICATE = `${SUPPLIED} AND supplier IN (SELECT arrayJoin({duplicates:Array(String)}))`;
/** How a problem's record is written, and which object it leads to. */
const RECORD: Readonly<Record<keyof typeof THINGS, readonly [record: string, type: string, id: string]>> = {
  'unmapped-usage': ["if(item = '', concat('GTIN ', gtin), item)", "if(item = '', '', 'item')", 'item'], 'unknown-item': ['item', "'item'", 'item'], 'missing-pack-factor': [`concat(item, ' ', ${UNIT})`, "'item'", 'item'],
  'unknown-supplier': ['toString(supplier)', "'supplier'", 'toString(supplier)'], 'unknown-location': ['toString(location)', "'location'", 'toString(location)'], 'unknown-cost-centre': ['toString(cost_centre)', "''", "''"],
  'missing-contract-price': ["concat(contract, ' ', item)", "'item'", 'item'],
};
const ANY = `${THING_KINDS.map((kind) => `(${IS(kind)})`).join(' OR ')} OR (${IS_DUPLICATE})`;
const LINE_TYPE = "if(document_type IN ('usage', 'posting'), toString(document_type), concat(document_type, '-line'))";
/** Usage that was taken back in full is no usage. */
const TAKEN_BACK = `SELECT ref_id FROM document_lines WHERE document_type = 'usage' AND aspect = 'reversed' AND ref_type = 'usage' AND time >= {from:DateTime64(3, 'UTC')}`;

/**
 * Lines that name one of the things, as they are in force: FINAL, since a later revision may name another; the first pass reads
 * narrow columns of the range, the second only the documents that it found.
 */
const FOUND = `
  SELECT p.1 AS kind, p.2 AS record, p.3 AS record_type, p.4 AS record_id, ${LINE_TYPE} AS line_type, object_id, aspect, document_type, document_id, facility, time, supplier, item, toString(currency) AS currency,
    coalesce(toDecimal128(amount, 4), toDecimal128(toDecimal128(quantity, 4) * toDecimal128(price, 6), 4)) AS worth, if(order_id = '', object_id, concat(order_id, '/', order_line)) AS of_order
  FROM (
    SELECT *, arrayFilter(found -> found.1 != '', [${THING_KINDS.map((kind) => `if(${IS(kind)}, ('${kind}', ${RECORD[kind].join(', ')}), ('', '', '', ''))`).join(',\n      ')},
      if(${IS_DUPLICATE}, ('duplicate-supplier', {duplicate_groups:Array(String)}[indexOf({duplicates:Array(String)}, supplier)], 'supplier', toString(supplier)), ('', '', '', ''))]) AS problems
    FROM document_lines FINAL
    WHERE ${STATED} AND (document_type, document_id) IN (SELECT document_type, document_id FROM document_lines WHERE ${IN_RANGE} AND ${IN_FACILITIES} AND ${STATED} AND (${ANY}))
  )
  ARRAY JOIN problems AS p
  WHERE ${IN_RANGE} AND ${IN_FACILITIES} AND NOT (document_type = 'usage' AND object_id IN (SELECT ref_id FROM (
    SELECT back.ref_id AS ref_id FROM (SELECT ref_id, sum(quantity) AS went, max(quantity IS NULL) AS uncounted FROM document_lines FINAL WHERE document_type = 'usage' AND aspect = 'reversed' AND ref_type = 'usage' AND ref_id IN (${TAKEN_BACK}) GROUP BY ref_id) AS back
    INNER JOIN (SELECT object_id, quantity FROM document_lines FINAL WHERE document_type = 'usage' AND aspect = 'recorded' AND document_id IN (SELECT substring(ref_id, 1, length(ref_id) - position(reverse(ref_id), '/')) FROM (${TAKEN_BACK}))) AS used ON used.object_id = back.ref_id
    WHERE back.uncounted OR ifNull(back.went >= used.quantity, 0))))`;

/** Findings of the three-way match that a problem brings about. */
const BRINGS: Readonly<Partial<Record<QualityKind, readonly string[]>>> = {
  'missing-pack-factor': ['UOM_UNRESOLVED'], 'unknown-item': ['ITEM', 'NOT_EVALUABLE'], 'duplicate-supplier': ['SUPPLIER'], 'unknown-supplier': ['SUPPLIER', 'NO_PO'],
};
const list = (findings: readonly string[]) => `[${findings.map((one) => `'${one}'`).join(', ')}]`;
const BROUGHT = Object.entries(BRINGS).map(([kind, findings]) => `kind = '${kind}', arrayIntersect(verdicts, ${list(findings)})`).join(', ');
const ALL_FINDINGS = list([...new Set(Object.values(BRINGS).flat())]);

/** Lines with the failures that the problem causes: findings of the match, and messages about their document that have not come through. */
export const FILL_QUALITY = `INSERT INTO quality_seen (day, run, kind, record, record_type, record_id, line_type, object_id, aspect, document_type, document_id, facility, time, supplier, item, currency, worth, of_order, brought, failure)
  SELECT toDate(time) AS day, {run:UInt64} AS run, kind, record, record_type, record_id, line_type, object_id, aspect, document_type, document_id, facility, time, supplier, item, currency, worth, of_order,
    multiIf(${BROUGHT}, []) AS brought, arrayStringConcat(arrayConcat(brought, if(code = '', [], [concat('hand-over ', code)])), ', ') AS failure
  FROM (
    SELECT found.*, matched.verdicts AS verdicts, toString(stuck.code) AS code FROM (${FOUND}) AS found
    LEFT JOIN (SELECT object_id AS matched_line, findings AS verdicts FROM matched_invoice_lines FINAL WHERE NOT gone AND ${IN_RANGE} AND hasAny(findings, ${ALL_FINDINGS})) AS matched ON matched_line = found.object_id
    LEFT JOIN (
      SELECT stuck_type, stuck_document, any(last_code) AS code FROM (
        SELECT any(of_type) AS stuck_type, any(document) AS stuck_document, argMax(error_code, (time, attempt, event_key)) AS last_code
        FROM (SELECT handover_key, document_type AS of_type, document_id AS document, error_code, time, attempt, event_key, outcome FROM handovers
          WHERE time >= {from:DateTime64(3, 'UTC')} AND handover_key IN (SELECT handover_key FROM handovers WHERE time >= {from:DateTime64(3, 'UTC')} AND outcome != 'succeeded' AND document_id != ''))
        GROUP BY handover_key HAVING max(outcome = 'succeeded') = 0
      ) GROUP BY stuck_type, stuck_document
    ) AS stuck ON stuck_type = found.document_type AND stuck_document = found.document_id
  )`;

const LINES = `SELECT * FROM (${keptRows('quality')}) WHERE ({kind:String} = '' OR kind = {kind:String})`;

/**
 * One row per kind, master record and currency: lines that name it, their money (each order line once) and the failures that it
 * causes. `facility` is empty where several name it, or none. Money is null where no line says any. A supplier that is there twice
 * is a problem before anybody orders from it.
 */
export const qualityProblems = defineList({
  name: 'quality_problems',
  sql: `
    SELECT concat(kind, ':', record, ':', currency) AS problem_key, kind, record, about_type, about_id, currency, lines, documents, toString(value) AS value, unpriced, failures, brings, since, last, facility FROM (
      SELECT kind, record, any(type_of) AS about_type, any(id_of) AS about_id, currency, countIf(is_line) AS lines, uniqExactIf(of_document, is_line) AS documents, sum(once) AS value, countIf(is_line AND of_line IS NULL) AS unpriced,
        countIf(failed != '') AS failures, arrayStringConcat(arraySort(arrayDistinct(arrayFlatten(groupArray(brought_about)))), ', ') AS brings, min(at) AS since, max(at) AS last,
        if(uniqExact(place) = 1, any(place), '') AS facility, sum(lines) OVER (PARTITION BY kind, record) AS in_all
      FROM (
        SELECT kind, record, record_type AS type_of, record_id AS id_of, currency, toUInt8(1) AS is_line, document_id AS of_document, worth AS of_line, failure AS failed, brought AS brought_about, time AS at, toString(facility) AS place,
          if(row_number() OVER (PARTITION BY kind, record, currency, of_order ORDER BY worth DESC NULLS LAST) = 1, worth, NULL) AS once
        FROM (${LINES})
        UNION ALL
        SELECT 'duplicate-supplier', d.2, 'supplier', d.1, '', toUInt8(0), '', CAST(NULL AS Nullable(Decimal(38, 4))), '', CAST([], 'Array(String)'), parseDateTime64BestEffort(d.3, 3, 'UTC'), '', CAST(NULL AS Nullable(Decimal(38, 4)))
        FROM (SELECT arrayJoin(arrayZip({duplicates:Array(String)}, {duplicate_groups:Array(String)}, {duplicate_since:Array(String)})) AS d)
      )
      GROUP BY kind, record, currency
    ) WHERE lines > 0 OR in_all = 0`,
  params: z.object(qualityParams),
  row: z.object({
    problem_key: text, kind: text, record: text, about_type: text, about_id: text, currency: text, lines: z.number(), documents: z.number(), value: maybe, unpriced: z.number(), failures: z.number(), brings: text, since: text, last: text, facility: text,
  }),
  sortable: { kind: 'kind', record: 'record', lines: 'lines', value: 'toDecimal256OrNull(value, 4)', failures: 'failures', since: 'since', last: 'last', facility: 'facility' },
  defaultSort: { sort: 'failures', desc: true },
  key: ['kind', 'record', 'currency'],
  limits: { seconds: 30 },
});

/** The lines that a problem is seen on, each with its money and the failure that it causes. */
export const qualityLines = defineList({
  name: 'quality_lines',
  sql: `SELECT kind, record, line_type, object_id, facility, time, supplier, item, currency, toString(worth) AS value, failure FROM (${LINES})
    WHERE ({record:String} = '' OR record = {record:String}) AND (NOT {failing:UInt8} OR failure != '')`,
  params: z.object({ ...qualityParams, record: text, failing: z.union([z.literal(0), z.literal(1)]) }),
  row: z.object({ kind: text, record: text, line_type: text, object_id: text, facility: text, time: text, supplier: text, item: text, currency: text, value: maybe, failure: text }),
  sortable: { time: 'time', kind: 'kind', record: 'record', object_id: 'object_id', facility: 'facility', value: 'toDecimal256OrNull(value, 4)', failure: 'failure', item: 'item', supplier: 'supplier' },
  defaultSort: { sort: 'time', desc: true },
  key: ['kind', 'object_id', 'record'],
  limits: { seconds: 30 },
});

/** The item master as it holds on a day: of each item the version in force then. */
export const itemsOnDay = defineList({
  name: 'quality_items',
  sql: `
    SELECT record_id AS item, JSONExtractString(attributes, 'name') AS name, JSONExtractString(attributes, 'category') AS category, JSONExtractString(attributes, 'gtin') AS gtin, JSONExtractString(attributes, 'baseUom') AS base_uom,
      arrayStringConcat(arrayMap(p -> concat(p.1, ' = ', if(p.2 = '', 'unknown', p.2)), arrayFilter(p -> p.1 != '', JSONExtract(attributes, 'packFactors', 'Array(Tuple(uom String, factor String))'))), ', ') AS packs,
      JSONExtract(attributes, 'clinicalWeight', 'Nullable(Float64)') AS clinical_weight, JSONExtractBool(attributes, 'implant') AS implant, JSONExtractString(attributes, 'supplier') AS supplier, arrayStringConcat(JSONExtract(attributes, 'substitutes', 'Array(String)'), ', ') AS substitutes,
      toString(since) AS valid_from, in_force AS version, versions, if(later IS NULL, NULL, toString(later)) AS next_change
    FROM (
      SELECT record_id, argMaxIf(attributes, (valid_from, version, rank), valid_from <= toDate32({on:String})) AS attributes, maxIf(valid_from, valid_from <= toDate32({on:String})) AS since, argMaxIf(version, (valid_from, version, rank), valid_from <= toDate32({on:String})) AS in_force,
        uniqExact((valid_from, version)) AS versions, minOrNullIf(valid_from, valid_from > toDate32({on:String})) AS later, countIf(valid_from <= toDate32({on:String})) AS known
      FROM master_records WHERE kind = 'item' GROUP BY record_id
    )
    WHERE known > 0 AND ({text:String} = '' OR positionCaseInsensitiveUTF8(concat(record_id, ' ', name, ' ', category, ' ', gtin), {text:String}) > 0)`,
  params: z.object({ on: text, text }),
  row: z.object({
    item: text, name: text, category: text, gtin: text, base_uom: text, packs: text, clinical_weight: z.number().nullable(), implant: z.number(), supplier: text, substitutes: text, valid_from: text, version: z.number(), versions: z.number(), next_change: maybe,
  }),
  sortable: { item: 'item', name: 'name', category: 'category', gtin: 'gtin', valid_from: 'valid_from', version: 'version', versions: 'versions', clinical_weight: 'clinical_weight', next_change: 'next_change' },
  defaultSort: { sort: 'item', desc: false },
  key: ['item'],
});

/** Documents of a system that does not own them, as the keeper has found them: by system, owner and type of document. */
export const foreignDocuments = defineQuery({
  name: 'quality_foreign',
  // FINAL: of two runs' rows for one exception the later holds; the key begins with the side.
  sql: `
    SELECT splitByChar('/', substring(key, position(key, ':') + 1))[2] AS object_type, splitByChar('/', substring(key, position(key, ':') + 1))[1] AS system, count() AS documents, min(since) AS since FROM exceptions FINAL
    WHERE settled = 0 AND NOT gone AND kind = 'not-its-system' AND ${IN_FACILITIES} GROUP BY object_type, system ORDER BY documents DESC, object_type, system LIMIT 200`,
  params: z.object({ facilities: z.array(text) }),
  row: z.object({ object_type: text, system: text, documents: z.number(), since: text }),
});
