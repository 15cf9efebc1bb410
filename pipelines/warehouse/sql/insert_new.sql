-- Rows of the batch whose key needs no care.
INSERT INTO {table} ({columns}, delivery_no, source_row, known_from, key_hash)
SELECT {source_columns}, b.delivery_no, b.source_row, b.known_from, {key_hash}
FROM batch b
WHERE {key_hash} NOT IN (SELECT key_hash FROM careful)
