-- The store refuses rows (243, which the listener waits out) before its disk is full to the last byte: a merge that
-- runs into a full disk was seen to put a damaged part in the place of good ones.
ALTER TABLE events MODIFY SETTING min_free_disk_bytes_to_perform_insert = 134217728;
ALTER TABLE dead_letters MODIFY SETTING min_free_disk_bytes_to_perform_insert = 134217728;
