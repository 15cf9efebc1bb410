CREATE OR REPLACE TEMP TABLE arrivals AS
SELECT {columns}, delivery_no, source_row, known_from, key_hash, {row_key} AS row_key, 0::BIGINT AS rows_of_key
FROM {table} LIMIT 0;
