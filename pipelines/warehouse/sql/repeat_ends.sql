-- Until when the contacts of each operation are known: its last interval with contacts, but not after the last
-- reception (a mistyped year must not close every window). An operation that has ended is known until the end of all.
CREATE OR REPLACE TEMP TABLE new_repeat_end AS
WITH own AS (SELECT vendor_code, max(interval_start_at) AS last_at FROM mart_interval GROUP BY vendor_code),
bounds AS (
    SELECT (SELECT max(last_at) FROM own) AS all_at,
           (SELECT max(received_at) FROM deliveries WHERE status <> 'quarantined') AS received_at
)
SELECT o.vendor_code,
       least(CASE WHEN v.ended_on < b.all_at::DATE THEN b.all_at ELSE o.last_at END, b.received_at) AS ends_at
FROM own o CROSS JOIN bounds b LEFT JOIN vendors v USING (vendor_code);
