-- Grain: vendor x site x queue x day.
--
-- Staffed time and the locked forecast. Hours are full-time equivalents times the length of the interval;
-- forecast_handle_s is forecast volume times forecast handle time. intervals counts what was stated.
SELECT
    vendor_code, site_code, queue_code, local_date,
    count(*) AS intervals,
    round(sum(logged_s), 3) AS logged_s, round(sum(available_s), 3) AS available_s, round(sum(talk_s), 3) AS talk_s,
    round(sum(hold_s), 3) AS hold_s, round(sum(acw_s), 3) AS acw_s, round(sum(aux_s), 3) AS aux_s,
    round(sum(training_s), 3) AS training_s,
    round(sum(offered_forecast), 3) AS offered_forecast,
    round(sum(offered_forecast * aht_forecast_s), 3) AS forecast_handle_s,
    round(sum(required_fte * interval_min / 60), 6) AS required_hours,
    round(sum(committed_fte * interval_min / 60), 6) AS committed_hours,
    round(sum(scheduled_fte * interval_min / 60), 6) AS scheduled_hours
FROM scope_staffing_intervals
GROUP BY ALL
