-- Deliveries of contacts of one vendor of which rows were rejected: which days they cover, how many rows.
SELECT period_start AS first_day, period_end AS last_day, rows_rejected AS rows, delivery_id
FROM deliveries
WHERE vendor_code = $vendor AND table_name = 'contacts' AND rows_rejected > 0 AND superseded_at IS NULL
  AND period_start IS NOT NULL AND period_end IS NOT NULL
ORDER BY first_day, delivery_id
