/**
 * Items by the GTINs of their packs, from the item master in force: a scan names a GTIN, and it is the item master that
 * says which item that is. Resolved when read and not when recorded, since master data may arrive after the scan.
 * Columns: gtin, master_item, factor (base units that the pack holds, as text; '1' for the item's own GTIN).
 */
export const ITEM_BY_GTIN = `
  SELECT pack.1 AS gtin, any(record_id) AS master_item, any(pack.2) AS factor FROM (
    SELECT record_id, arrayJoin(arrayConcat([(JSONExtractString(attributes, 'gtin'), '1')],
      arrayMap(p -> (p.1, p.2), JSONExtract(attributes, 'packFactors', 'Array(Tuple(gtin String, factor String))')))) AS pack
    FROM (SELECT record_id, argMax(attributes, (valid_from, version, rank)) AS attributes FROM master_records WHERE kind = 'item' GROUP BY record_id)
  ) WHERE pack.1 != '' GROUP BY gtin`;
