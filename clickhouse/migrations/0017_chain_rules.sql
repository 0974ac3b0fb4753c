-- Whether inferred relations count in the chains is a rule: where it changes, all chains are worked out anew.
ALTER TABLE chain_runs ADD COLUMN rules String DEFAULT '' COMMENT 'from which confidence on an inferred relation counts; empty: none does';
