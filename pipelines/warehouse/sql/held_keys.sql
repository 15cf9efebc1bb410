-- How many held rows have a key of the batch. Nothing is written: what a transaction writes to temporary tables stays
-- until its end, and most batches need no care at all.
WITH batch_keys AS MATERIALIZED (SELECT {key_hash} AS key_hash FROM batch)
SELECT (SELECT count(*) FROM {table} t SEMI JOIN batch_keys USING (key_hash))
     + (SELECT count(*) FROM {table}_history h SEMI JOIN batch_keys USING (key_hash))
