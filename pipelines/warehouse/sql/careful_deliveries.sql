-- Deliveries of the batch with a key that needs care: held already, held once, or more than once in the batch.
WITH batch_keys AS MATERIALIZED (SELECT {key_hash} AS key_hash, delivery_no FROM batch),
careful AS (
    SELECT t.key_hash FROM {table} t SEMI JOIN batch_keys USING (key_hash)
    UNION
    SELECT h.key_hash FROM {table}_history h SEMI JOIN batch_keys USING (key_hash)
    UNION
    SELECT key_hash FROM batch_keys GROUP BY key_hash HAVING count(*) > 1
)
SELECT DISTINCT delivery_no FROM batch_keys SEMI JOIN careful USING (key_hash)
