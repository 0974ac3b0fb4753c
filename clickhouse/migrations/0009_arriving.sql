-- What an insert writes is one file of data per part, whatever its size, and becomes one file per column when it is merged
-- for the first time: an insert into the log and its views would else write and sync some six hundred files.
ALTER TABLE events MODIFY SETTING min_level_for_wide_part = 1;
ALTER TABLE dead_letters MODIFY SETTING min_level_for_wide_part = 1;
ALTER TABLE document_lines MODIFY SETTING min_level_for_wide_part = 1;
ALTER TABLE balances MODIFY SETTING min_level_for_wide_part = 1;
ALTER TABLE master_records MODIFY SETTING min_level_for_wide_part = 1;
ALTER TABLE handovers MODIFY SETTING min_level_for_wide_part = 1;
ALTER TABLE links MODIFY SETTING min_level_for_wide_part = 1;
ALTER TABLE object_events MODIFY SETTING min_level_for_wide_part = 1;
ALTER TABLE object_keys MODIFY SETTING min_level_for_wide_part = 1;
ALTER TABLE match_touched MODIFY SETTING min_level_for_wide_part = 1;
