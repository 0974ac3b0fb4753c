-- A chain is walked a step at a time, and each column that a step reads is a file to open and a block to unpack: for the few
-- rows of a step that takes longer than anything else. Here a link's two ends are a text each: what a step reads, in the
-- fewest columns. `links` stays for everything that asks by type, or for what was known at a moment.
CREATE TABLE link_steps (
  node String COMMENT 'direction, type and id, with tabs between',
  peer String COMMENT 'type, qualifier and id of what stands beside it in that direction, with tabs between; an id may hold anything, so it is the last',
  time SimpleAggregateFunction(min, DateTime64(3, 'UTC'))
) ENGINE = AggregatingMergeTree
ORDER BY (node, peer)
SETTINGS fsync_after_insert = 1, min_level_for_wide_part = 1, index_granularity = 512;

CREATE MATERIALIZED VIEW link_steps_fill TO link_steps AS
SELECT tupleElement(side, 1) AS node, tupleElement(side, 2) AS peer, time
FROM (
  SELECT time, arrayJoin(arrayConcat(
    arrayMap((ft, f, tt, t, q) -> (concat('down\t', ft, '\t', f), concat(tt, '\t', q, '\t', t)),
      `links.from_type`, `links.from_id`, `links.to_type`, `links.to_id`, `links.qualifier`),
    arrayMap((ft, f, tt, t, q) -> (concat('up\t', tt, '\t', t), concat(ft, '\t', q, '\t', f)),
      `links.from_type`, `links.from_id`, `links.to_type`, `links.to_id`, `links.qualifier`))) AS side
  FROM events
);

INSERT INTO link_steps (node, peer, time)
SELECT concat(toString(direction), '\t', node_type, '\t', node_id), concat(peer_type, '\t', qualifier, '\t', peer_id), links.time FROM links WHERE stated = 1;
