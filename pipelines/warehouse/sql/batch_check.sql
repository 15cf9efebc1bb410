-- How many keys of the batch need care: held already, held once, or more than once in the batch itself. Nothing is
-- written: what a transaction writes to temporary tables stays until its end, and most batches need no care at all.
WITH batch_keys AS MATERIALIZED (SELECT {key_hash} AS key_hash FROM batch)
SELECT (SELECT count(*) FROM {table} t SEMI JOIN batch_keys USING (key_hash))
     + (SELECT count(*) FROM {table}_history h SEMI JOIN batch_keys USING (key_hash))
     + (SELECT count(*) - count(DISTINCT key_hash) FROM batch_keys)
