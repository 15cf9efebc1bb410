-- Control table, one row per delivery of the last three months: is every row that was read accounted for?
WITH bounds AS (SELECT max(received_at) - INTERVAL 92 DAY AS since FROM deliveries)
SELECT
    coalesce(vendor_code, 'unknown') AS vendor, delivery_id AS delivery, strftime(received_at, '%Y-%m-%d') AS day, feed, status,
    (rows_read - rows_loaded - rows_restating - rows_duplicate - rows_stale - rows_rejected - rows_dropped)::BIGINT
        AS unaccounted,
    rows_rejected::DOUBLE / nullif(rows_read, 0) AS rejected_rate,
    (status = 'accepted' AND refused_kind IS NOT NULL)::INTEGER AS accepted_and_refused,
    (period_end > received_at::DATE + 1)::INTEGER AS from_the_future
FROM deliveries, bounds
WHERE received_at >= since AND superseded_at IS NULL
ORDER BY day, delivery
