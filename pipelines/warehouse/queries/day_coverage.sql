-- By vendor, queue and day: in how many intervals there were contacts, and how many contacts.
SELECT
    vendor_code, queue_code, local_date, any_value(interval_min) AS interval_min,
    count(DISTINCT interval_start_at) AS intervals,
    sum(offered + abandoned_ivr + closed + blocked)::BIGINT AS contacts
FROM mart_interval
WHERE local_date BETWEEN $first_day AND $last_day
GROUP BY vendor_code, queue_code, local_date
ORDER BY vendor_code, queue_code, local_date
