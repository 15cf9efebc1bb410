-- By delivery, the reasons for which rows were rejected, the most frequent first.
SELECT d.delivery_id, r.reason, count(DISTINCT r.source_row)::BIGINT AS rows
FROM rejects r
JOIN deliveries d USING (delivery_no)
GROUP BY ALL
ORDER BY d.delivery_id, rows DESC, r.reason
