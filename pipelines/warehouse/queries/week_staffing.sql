-- Staffed time and forecast by vendor, queue and week (its Monday).
SELECT
    vendor_code, queue_code, date_trunc('week', local_date)::DATE AS week,
    sum(intervals)::BIGINT AS intervals, sum(logged_s) AS logged_s, sum(available_s) AS available_s,
    sum(talk_s) AS talk_s, sum(hold_s) AS hold_s, sum(acw_s) AS acw_s, sum(aux_s) AS aux_s,
    sum(training_s) AS training_s, sum(offered_forecast) AS offered_forecast,
    sum(forecast_handle_s) AS forecast_handle_s, sum(required_hours) AS required_hours,
    sum(committed_hours) AS committed_hours, sum(scheduled_hours) AS scheduled_hours
FROM mart_staffing
WHERE local_date BETWEEN $first_day AND $last_day OR local_date BETWEEN $other_first_day AND $other_last_day
GROUP BY ALL
ORDER BY ALL
