-- Of two copies of one event that the stream stored within one millisecond, the one that stands first in it stays:
-- without that, their place in the stream would be that of whichever was written last.
ALTER TABLE events MODIFY COLUMN recorded_rank UInt64
  DEFAULT 18446744073709551615 - (toUInt64(toUnixTimestamp64Milli(recorded_at)) * 4194304 + bitAnd(stream_seq, 4194303))
  COMMENT 'falls as the stream''s timestamp rises, and within a millisecond as the sequence does';
