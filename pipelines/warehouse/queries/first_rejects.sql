-- By delivery, one rejected cell to look at: the first one in the file.
SELECT d.delivery_id, min_by(struct_pack(source_row, line, column_name, raw_value, reason), r.source_row) AS first
FROM rejects r
JOIN deliveries d USING (delivery_no)
WHERE d.superseded_at IS NULL
GROUP BY ALL
