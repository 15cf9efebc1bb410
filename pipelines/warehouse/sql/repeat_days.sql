-- Days whose repeat contacts may have changed: within one window of a day that changed (at any operation, where
-- repeats count across operations), and days with open windows where the end of the data has moved.
CREATE OR REPLACE TEMP TABLE repeat_days AS
WITH known_days AS (SELECT DISTINCT vendor_code, local_date FROM mart_interval),
touched AS (SELECT DISTINCT vendor_code, local_date FROM stale_days WHERE table_name = 'contacts'),
touched_days AS (
    SELECT DISTINCT
        CASE WHEN r.cross_vendor THEN NULL ELSE t.vendor_code END AS vendor_code,
        unnest(generate_series(t.local_date - r.days, t.local_date + r.days, INTERVAL 1 DAY))::DATE AS local_date
    FROM touched t CROSS JOIN repeat_rule r
),
moved AS (
    SELECT n.vendor_code FROM new_repeat_end n
    LEFT JOIN repeat_end o USING (vendor_code) WHERE n.ends_at IS DISTINCT FROM o.ends_at
)
SELECT k.vendor_code, k.local_date FROM known_days k
SEMI JOIN touched_days t ON t.local_date = k.local_date AND (t.vendor_code IS NULL OR t.vendor_code = k.vendor_code)
UNION
SELECT vendor_code, local_date FROM mart_repeat WHERE repeat_open > 0 AND vendor_code IN (SELECT vendor_code FROM moved)
UNION
SELECT DISTINCT m.vendor_code, m.local_date FROM mart_repeat m JOIN new_repeat_end n USING (vendor_code)
LEFT JOIN repeat_end o USING (vendor_code)
WHERE n.ends_at < o.ends_at AND m.local_date >= n.ends_at::DATE - (SELECT days FROM repeat_rule)
UNION
SELECT vendor_code, local_date FROM stale_days;
