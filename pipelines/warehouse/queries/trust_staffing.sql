-- By vendor, queue and day: the forecast, and what was worked as stated.
SELECT
    vendor_code AS vendor, queue_code AS queue, local_date, sum(intervals)::BIGINT AS intervals,
    sum(offered_forecast) AS forecast, sum(logged_s) AS logged_s, sum(talk_s) AS talk_s
FROM mart_staffing
GROUP BY ALL
