-- The plan and what was staffed by vendor, queue and interval, for days from first_day to last_day.
--
-- committed, scheduled: agents. logged_s: seconds that agents were logged in. A sum over sites is known only where each
-- of them is.
SELECT
    vendor_code AS vendor, queue_code AS queue, interval_start_at, local_date, max(interval_min)::BIGINT AS interval_min,
    CASE WHEN count(offered_forecast) = count(*) THEN sum(offered_forecast) END AS forecast,
    CASE WHEN sum(offered_forecast) > 0 AND count(offered_forecast * aht_forecast_s) = count(*)
        THEN sum(offered_forecast * aht_forecast_s) / sum(offered_forecast) END AS aht_forecast_s,
    CASE WHEN count(committed_fte) = count(*) THEN sum(committed_fte) END AS committed,
    CASE WHEN count(scheduled_fte) = count(*) THEN sum(scheduled_fte) END AS scheduled,
    CASE WHEN count(logged_s) = count(*) THEN sum(logged_s) END AS logged_s
FROM staffing_intervals
WHERE local_date BETWEEN $first_day AND $last_day AND queue_code IS NOT NULL
  AND vendor_code = coalesce($vendor, vendor_code) AND queue_code = coalesce($queue, queue_code)
GROUP BY ALL
ORDER BY ALL
