-- Rejected cells of one delivery, in the order of the file.
SELECT r.source_row, r.line, r.column_name, r.raw_value, r.reason
FROM rejects r JOIN deliveries d USING (delivery_no)
WHERE d.delivery_id = $delivery_id
ORDER BY r.source_row, r.column_name
LIMIT $most
