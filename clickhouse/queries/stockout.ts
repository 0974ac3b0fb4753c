import { z } from 'zod';
import { defineQuery } from '../client';
import { ITEM_BY_GTIN } from './items';
import { IN_FACILITIES } from './scope';

/**
 * What the stockout model is fed with, per facility, item and stocked location, as of an instant. Quantities leave as
 * numbers: the model draws from them; nothing here is money.
 */

const asOf = { at: z.date(), facilities: z.array(z.string()) } as const;
const UNTIL = "time < {at:DateTime64(3, 'UTC')}";
/** History that demand and lead times are learned from. */
export const HISTORY_DAYS = 90;
const SINCE = `time >= {at:DateTime64(3, 'UTC')} - INTERVAL ${HISTORY_DAYS} DAY`;
/** A place of which nothing was said for longer is not stocked any more: without an end every balance there ever was would be read. */
const STOCKED_DAYS = 180;
const STOCKED = `time >= {at:DateTime64(3, 'UTC')} - INTERVAL ${STOCKED_DAYS} DAY`;
const LIMITS = { rows: 200_000, seconds: 30 };
/** Items and locations in force: the version whose valid-from is the latest not after the instant. */
const MASTER = (kind: string) => `
  SELECT record_id, argMax(attributes, (valid_from, version, rank)) AS attributes FROM master_records
  WHERE kind = '${kind}' AND valid_from <= toDate32({at:DateTime64(3, 'UTC')}) GROUP BY record_id`;

/**
 * On hand, newest report per item and location (all lots of that report, corrected lot by lot by adjustments since).
 * usable = on hand − reserved, without expired, recalled or quarantined lots; null where a report gave no quantity.
 */
export const stockBalances = defineQuery({
  name: 'stockout_balances',
  sql: `
    WITH
      seen AS (
        SELECT facility, location, item, lot, status, argMax((on_hand, reserved, reorder_point, par, expiry, uom), (time, rank)) AS b,
          max(time) AS seen_at, maxIf(time, action = 'reported') AS lot_reported_at
        FROM balances WHERE ${UNTIL} AND ${STOCKED} AND ${IN_FACILITIES} GROUP BY facility, location, item, lot, status
      ),
      lots AS (
        SELECT * FROM (SELECT *, max(lot_reported_at) OVER place AS reported_at, max(seen_at) OVER place AS known_at FROM seen WINDOW place AS (PARTITION BY facility, location, item))
        WHERE seen_at >= reported_at
      ),
      recalled AS (
        SELECT item, lot, argMax(action, (time, rank)) AS state FROM document_lines FINAL
        WHERE document_type = 'recall' AND ${UNTIL} AND item != '' GROUP BY item, lot HAVING state = 'opened'
      ),
      items AS (${MASTER('item')})
    SELECT s.facility AS facility, s.location AS location, s.item AS item, s.on_hand AS on_hand, s.usable AS usable, s.unknown AS unknown, s.uom AS uom,
      s.reorder_point AS reorder_point, s.par AS par, s.known_at AS known_at,
      JSONExtractString(i.attributes, 'name') AS name, JSONExtractString(i.attributes, 'category') AS category,
      if(JSONHas(i.attributes, 'clinicalWeight'), JSONExtractFloat(i.attributes, 'clinicalWeight'), 1) AS clinical_weight,
      JSONExtract(i.attributes, 'substitutes', 'Array(String)') AS substitutes, i.record_id != '' AS in_master
    FROM (
      SELECT facility, location, item, any(known_at) AS known_at, any(b.6) AS uom, toFloat64(sum(b.1)) AS on_hand, countIf(b.1 IS NULL) > 0 AS unknown,
        toFloat64(sumIf(b.1 - ifNull(b.2, 0), status NOT IN ('recalled', 'quarantined', 'expired', 'blocked')
          AND (b.5 IS NULL OR b.5 >= toDate32({at:DateTime64(3, 'UTC')}))
          AND (item, lot) NOT IN (SELECT item, lot FROM recalled) AND (item, '') NOT IN (SELECT item, lot FROM recalled))) AS usable,
        toFloat64OrNull(toString(max(b.3))) AS reorder_point, toFloat64OrNull(toString(max(b.4))) AS par
      FROM lots GROUP BY facility, location, item
    ) AS s
    LEFT JOIN items AS i ON i.record_id = s.item
    ORDER BY facility, location, item`,
  params: z.object(asOf),
  row: z.object({
    facility: z.string(), location: z.string(), item: z.string(), on_hand: z.number().nullable(), usable: z.number().nullable(), unknown: z.number(), uom: z.string(),
    reorder_point: z.number().nullable(), par: z.number().nullable(), known_at: z.string(), name: z.string(), category: z.string(), clinical_weight: z.number(), substitutes: z.array(z.string()), in_master: z.number(),
  }),
  limits: LIMITS,
});

/** Calendar day in {zone:String}. Asked for the facilities of one zone at a time: a day is the facility's own. */
const LOCAL_DAY = 'toDate32(toTimeZone(time, {zone:String}))';

/** Units used per day, reversals taken off, in the facility's zone. */
export const stockUsage = defineQuery({
  name: 'stockout_usage',
  sql: `
    SELECT facility, location, item, groupArray(toString(day)) AS days, groupArray(used) AS quantities FROM (
      SELECT facility, location, if(stated_item = '', scanned.master_item, stated_item) AS item, ${LOCAL_DAY} AS day,
        toFloat64(sum(if(aspect = 'reversed', -quantity, quantity))) AS used
      FROM (
        SELECT facility, location, item AS stated_item, gtin, time, aspect, quantity FROM document_lines FINAL
        WHERE document_type = 'usage' AND ${UNTIL} AND ${SINCE} AND location != '' AND quantity IS NOT NULL AND ${IN_FACILITIES}
      ) AS used LEFT JOIN (${ITEM_BY_GTIN}) AS scanned ON scanned.gtin = used.gtin
      WHERE item != ''
      GROUP BY facility, location, item, day ORDER BY day
    ) GROUP BY facility, location, item`,
  params: z.object({ ...asOf, zone: z.string() }),
  row: z.object({ facility: z.string(), location: z.string(), item: z.string(), days: z.array(z.string()), quantities: z.array(z.number()) }),
  limits: LIMITS,
});

/** Days on which a facility reported any usage: on the others nothing is known of demand. */
export const usageReportDays = defineQuery({
  name: 'stockout_report_days',
  sql: `
    SELECT facility, groupUniqArray(toString(day)) AS days, max(last) AS last_usage FROM (
      SELECT facility, time AS last, ${LOCAL_DAY} AS day FROM document_lines
      WHERE document_type = 'usage' AND ${UNTIL} AND ${SINCE} AND ${IN_FACILITIES}
    ) GROUP BY facility`,
  params: z.object({ ...asOf, zone: z.string() }),
  row: z.object({ facility: z.string(), days: z.array(z.string()), last_usage: z.string() }),
  limits: LIMITS,
});

/** Days on which a report said that nothing was on hand. */
export const stockedOutDays = defineQuery({
  name: 'stockout_empty_days',
  sql: `
    SELECT facility, location, item, groupUniqArray(toString(day)) AS days FROM (
      SELECT facility, location, item, ${LOCAL_DAY} AS day, time, sum(on_hand) AS held FROM balances FINAL
      WHERE action = 'reported' AND ${UNTIL} AND ${SINCE} AND ${IN_FACILITIES}
      GROUP BY facility, location, item, time, day HAVING held <= 0
    ) GROUP BY facility, location, item`,
  params: z.object({ ...asOf, zone: z.string() }),
  row: z.object({ facility: z.string(), location: z.string(), item: z.string(), days: z.array(z.string()) }),
  limits: LIMITS,
});

/**
 * Supply on its way: what a location asked to be replenished and has not got, and order lines not yet received
 * (rejected, deleted and cancelled lines out; the acknowledged quantity and date where the supplier gave one).
 */
export const openSupply = defineQuery({
  name: 'stockout_open_supply',
  sql: `
    SELECT of_facility AS facility, to_location AS location, of_item AS item, kind, key, toFloat64(to_come) AS open, dateDiff('second', asked_at, {at:DateTime64(3, 'UTC')}) / 86400 AS age_days,
      if(promised IS NULL, NULL, dateDiff('second', {at:DateTime64(3, 'UTC')}, promised) / 86400) AS promised_in_days
    FROM (
      SELECT any(facility) AS of_facility, anyIf(location, aspect = 'requested') AS to_location, anyIf(item, aspect = 'requested') AS of_item,
        'replenishment-line' AS kind, object_id AS key, maxIf(quantity, aspect = 'requested') - sumIf(ifNull(quantity, 0), aspect = 'filled') AS to_come,
        minIf(time, aspect = 'requested') AS asked_at, CAST(NULL AS Nullable(DateTime64(3, 'UTC'))) AS promised
      FROM document_lines FINAL
      WHERE document_type = 'replenishment' AND line_id != '' AND ${UNTIL} AND ${SINCE} GROUP BY object_id
      HAVING countIf(aspect = 'filled') = 0 AND countIf(aspect = 'requested') > 0
      UNION ALL
      SELECT any(o.of_facility), any(o.to_location), any(o.of_item), 'order-line', o.object_id,
        max(ifNull(o.confirmed, o.ordered)) - ifNull(sum(r.received), 0) AS to_come, any(o.asked_at), any(o.promised)
      FROM (
        SELECT object_id, document_id, anyIf(facility, aspect = 'created') AS of_facility, anyIf(location, aspect = 'created') AS to_location, anyIf(item, aspect = 'created') AS of_item,
          anyIf(quantity, aspect = 'created') AS ordered, minIf(time, aspect = 'created') AS asked_at,
          argMaxIf(code, rank, aspect = 'acknowledged') AS answer, argMaxIf(quantity, rank, aspect = 'acknowledged') AS acknowledged,
          if(answer IN ('IR', 'ID'), 0, acknowledged) AS confirmed,
          ifNull(argMaxIf(due_at, rank, aspect = 'acknowledged'), anyIf(due_at, aspect = 'created')) AS promised,
          countIf(aspect = 'cancelled') AS cancelled
        FROM document_lines FINAL
        WHERE document_type = 'order' AND line_id != '' AND ${UNTIL} AND ${SINCE} GROUP BY object_id, document_id
        HAVING countIf(aspect = 'created') > 0 AND cancelled = 0
      ) AS o
      LEFT JOIN (
        SELECT concat(order_id, '/', replaceAll(replaceAll(order_line, '%', '%25'), '/', '%2F')) AS object_id, sum(if(aspect = 'confirmed', quantity, -quantity)) AS received
        FROM document_lines FINAL WHERE document_type = 'receipt' AND order_id != '' AND ${UNTIL} AND ${SINCE} GROUP BY object_id
      ) AS r ON r.object_id = o.object_id
      WHERE o.document_id NOT IN (SELECT document_id FROM document_lines FINAL WHERE document_type = 'order' AND line_id = '' AND aspect = 'cancelled' AND ${UNTIL})
      GROUP BY o.object_id
    )
    WHERE open > 0 AND of_item != '' AND (empty({facilities:Array(String)}) OR of_facility IN {facilities:Array(String)})`,
  params: z.object(asOf),
  row: z.object({ facility: z.string(), location: z.string(), item: z.string(), kind: z.string(), key: z.string(), open: z.number(), age_days: z.number(), promised_in_days: z.number().nullable() }),
  limits: LIMITS,
});

/** Lead times seen, days: from replenishment asked to filled by location, from order to first receipt by item. */
export const leadTimes = defineQuery({
  name: 'stockout_lead_times',
  sql: `
    SELECT kind, of_facility AS facility, place, groupArray(200)(took) AS days FROM (
      SELECT 'location' AS kind, any(facility) AS of_facility, anyIf(location, aspect = 'requested') AS place,
        dateDiff('second', minIf(time, aspect = 'requested'), minIf(time, aspect = 'filled')) / 86400 AS took
      FROM document_lines FINAL WHERE document_type = 'replenishment' AND line_id != '' AND ${UNTIL} AND ${SINCE}
      GROUP BY object_id HAVING countIf(aspect = 'requested') > 0 AND countIf(aspect = 'filled') > 0
      UNION ALL
      SELECT 'item' AS kind, any(o.facility) AS of_facility, any(o.item) AS place, dateDiff('second', min(o.time), min(r.time)) / 86400 AS took
      FROM (SELECT facility, item, time, document_id, line_id FROM document_lines FINAL WHERE document_type = 'order' AND aspect = 'created' AND item != '' AND ${UNTIL} AND ${SINCE}) AS o
      INNER JOIN (SELECT order_id, order_line, time FROM document_lines FINAL WHERE document_type = 'receipt' AND aspect = 'confirmed' AND ${UNTIL}) AS r
        ON r.order_id = o.document_id AND r.order_line = o.line_id
      GROUP BY o.document_id, o.line_id
    )
    WHERE took >= 0 AND (empty({facilities:Array(String)}) OR of_facility IN {facilities:Array(String)})
    GROUP BY kind, of_facility, place`,
  params: z.object(asOf),
  row: z.object({ kind: z.string(), facility: z.string(), place: z.string(), days: z.array(z.number()) }),
  limits: LIMITS,
});

/** Receipts stuck on their way to another system: what is on the shelf may be more than what is known of. */
export const stuckReceipts = defineQuery({
  name: 'stockout_stuck_receipts',
  sql: `
    SELECT facility, uniqExact(document) AS receipts FROM (
      SELECT any(facility) AS facility, any(document_id) AS document, max(outcome = 'succeeded') AS done
      FROM (SELECT * FROM handovers WHERE document_type IN ('receipt', 'replenishment', 'transfer') AND ${UNTIL} AND time >= {at:DateTime64(3, 'UTC')} - INTERVAL 14 DAY AND ${IN_FACILITIES})
      GROUP BY handover_key HAVING done = 0
    ) GROUP BY facility`,
  params: z.object(asOf),
  row: z.object({ facility: z.string(), receipts: z.number() }),
});
