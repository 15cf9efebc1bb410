-- Evidence, one row per vendor and day of the last three months: can the staffing be what it says?
WITH bounds AS (SELECT max(local_date) - 91 AS since FROM mart_staffing)
SELECT
    vendor_code AS vendor, strftime(local_date, '%Y-%m-%d') AS day, sum(intervals)::BIGINT AS intervals,
    sum(logged_s) / 3600 AS logged_hours,
    (sum(talk_s) + coalesce(sum(hold_s), 0) + coalesce(sum(acw_s), 0)) / nullif(sum(logged_s), 0) AS occupancy_rate,
    sum(offered_forecast) AS offered_forecast,
    sum(scheduled_hours) / nullif(sum(required_hours), 0) AS scheduled_rate
FROM mart_staffing, bounds
WHERE local_date >= since
GROUP BY ALL
ORDER BY vendor, day
