-- Deliveries that mostly repeat rows of other deliveries: which file they repeat, and how many rows.
SELECT
    d.delivery_id, o.delivery_id AS other_id, o.file_name AS other_file, count(*) AS rows
FROM row_dispositions r
JOIN deliveries d USING (delivery_no)
JOIN deliveries o ON o.delivery_no = r.other_delivery_no
WHERE r.disposition = 'duplicate' AND d.superseded_at IS NULL AND r.delivery_no <> r.other_delivery_no
GROUP BY ALL
QUALIFY row_number() OVER (PARTITION BY d.delivery_id ORDER BY count(*) DESC, o.delivery_id) = 1
