-- Traces are found in trace_events: what comes from now on need not be a key of the hours too. What is there already is read by nobody.
ALTER TABLE event_keys_fill MODIFY QUERY
SELECT cityHash64(lower(key)) AS hash, toStartOfHour(time) AS hour
FROM events
ARRAY JOIN arrayFilter(k -> k != '', [id, toString(event_key)]) AS key;
