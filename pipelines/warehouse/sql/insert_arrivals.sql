INSERT INTO {table} ({columns}, delivery_no, source_row, known_from, key_hash)
SELECT {columns}, delivery_no, source_row, known_from, key_hash
FROM arrivals
WHERE rowid NOT IN (SELECT arrival FROM compared) AND row_key NOT IN (SELECT row_key FROM contested)
