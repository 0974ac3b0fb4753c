-- A serial's token is a key like every other: the lines that carry it are found by it. The filter on document_lines that did
-- this was read whole for each search, and grew with the log.
CREATE MATERIALIZED VIEW object_keys_serial_fill TO object_keys AS
SELECT lowerUTF8(serial) AS key,
  multiIf(document_type IN ('usage', 'posting', 'payment'), document_type, document_type = 'match', 'invoice-line', concat(document_type, '-line')) AS object_type,
  concat(document_id, '/', replaceAll(replaceAll(line_id, '%', '%25'), '/', '%2F')) AS object_id, 'serial' AS kind, time AS first_time, time AS last_time
FROM events
ARRAY JOIN `lines.serial` AS serial, `lines.id` AS line_id
WHERE serial != '' AND line_id != '' AND document_type IN ('usage', 'replenishment', 'transfer', 'requisition', 'order', 'shipment', 'receipt', 'invoice', 'match', 'posting', 'payment');

INSERT INTO object_keys (key, object_type, object_id, kind, first_time, last_time)
SELECT lowerUTF8(serial) AS key,
  multiIf(document_type IN ('usage', 'posting', 'payment'), document_type, document_type = 'match', 'invoice-line', concat(document_type, '-line')) AS object_type,
  concat(document_id, '/', replaceAll(replaceAll(line_id, '%', '%25'), '/', '%2F')) AS object_id, 'serial' AS kind, time AS first_time, time AS last_time
FROM events
ARRAY JOIN `lines.serial` AS serial, `lines.id` AS line_id
WHERE serial != '' AND line_id != '' AND document_type IN ('usage', 'replenishment', 'transfer', 'requisition', 'order', 'shipment', 'receipt', 'invoice', 'match', 'posting', 'payment');

ALTER TABLE document_lines DROP INDEX IF EXISTS by_serial;
