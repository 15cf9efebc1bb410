-- By vendor, site and queue: contacts, days with any, and seconds of handling, for days from first_day to last_day.
SELECT
    vendor_code, site_code, queue_code, sum(offered)::BIGINT AS offered, sum(answered)::BIGINT AS answered,
    sum(handle_known)::BIGINT AS handle_known, sum(handle_s) AS handle_s
FROM mart_day
WHERE local_date BETWEEN $first_day AND $last_day
GROUP BY ALL
ORDER BY ALL
