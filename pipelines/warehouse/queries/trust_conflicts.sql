-- Rows of one file that share a key and differ, per delivery; contradicting keys, and up to ten of them by name.
SELECT
    d.delivery_id, d.vendor_code AS vendor, d.feed, d.file_name, d.sha256, d.received_at, d.period_start, d.period_end,
    d.rows_read, d.latest_by, count(DISTINCT r.row_key) AS keys,
    list(DISTINCT r.row_key ORDER BY r.row_key)[:10] AS examples
FROM row_dispositions r JOIN deliveries d USING (delivery_no)
WHERE r.disposition = 'stale' AND d.superseded_at IS NULL
  AND r.reason IN ('contradicted by another row of the file', 'replaced by another row of the file')
GROUP BY ALL
