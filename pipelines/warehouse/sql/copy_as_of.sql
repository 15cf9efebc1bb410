-- The rows of one table as they were known at an instant, with all that is stored of them.
SELECT {columns}, delivery_no, source_row, known_from, key_hash
FROM {table}
WHERE known_from <= $instant AND ($vendor IS NULL OR vendor_code = $vendor)
  AND {day} BETWEEN $first_day AND $last_day
UNION ALL
SELECT {columns}, delivery_no, source_row, known_from, key_hash
FROM {table}_history
WHERE known_from <= $instant AND $instant < known_to AND ($vendor IS NULL OR vendor_code = $vendor)
  AND {day} BETWEEN $first_day AND $last_day
