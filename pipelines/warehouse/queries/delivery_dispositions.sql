-- Rows of one delivery that were not plainly loaded, and the row of another (or the same) delivery that decided it.
SELECT
    p.source_row, p.disposition, p.reason, p.row_key,
    o.delivery_id AS other_delivery_id, o.file_name AS other_file_name, p.other_source_row
FROM row_dispositions p
JOIN deliveries d USING (delivery_no)
LEFT JOIN deliveries o ON o.delivery_no = p.other_delivery_no
WHERE d.delivery_id = $delivery_id AND ($disposition IS NULL OR p.disposition = $disposition)
ORDER BY p.source_row, p.disposition
LIMIT $most
