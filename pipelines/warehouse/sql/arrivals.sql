-- Rows of the batch whose key needs care, one per distinct content; copies of a row say which one they repeat.
CREATE OR REPLACE TEMP TABLE arrivals AS
WITH chosen AS (
    SELECT {source_columns}, b.delivery_no, b.source_row, b.known_from, {key_hash} AS key_hash, {row_key} AS row_key
    FROM batch b
    WHERE {key_hash} IN (SELECT key_hash FROM careful)
)
SELECT *, count(*) OVER (PARTITION BY row_key) AS rows_of_key FROM chosen;
