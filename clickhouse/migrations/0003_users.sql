-- People who may sign in. The last row per e-mail address is in force (read with FINAL: a few rows).
CREATE TABLE users (
  id            String,
  email         String,
  name          String,
  role          LowCardinality(String) COMMENT 'executive, supply, engineer or administrator',
  facilities    Array(String) COMMENT 'empty: all facilities',
  password_hash String COMMENT 'scrypt, empty for people who come through OIDC',
  disabled      Bool,
  updated_at    DateTime64(3, 'UTC')
) ENGINE = ReplacingMergeTree(updated_at)
ORDER BY email
SETTINGS fsync_after_insert = 1;
