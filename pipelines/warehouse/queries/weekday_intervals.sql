-- One vendor's counts by queue, week (its Monday), day of the week (Monday is 1) and minute of the local clock at which
-- the interval starts, for days from first_day to last_day. For peak and off-peak.
SELECT
    vendor_code, queue_code, clause_id, date_trunc('week', local_date)::DATE AS week, isodow(local_date) AS weekday,
    local_minute,
    sum(offered)::BIGINT AS offered, sum(answered)::BIGINT AS answered, sum(abandoned)::BIGINT AS abandoned,
    sum(flow_outs)::BIGINT AS flow_outs, sum(callbacks)::BIGINT AS callbacks, sum(voicemail)::BIGINT AS voicemail,
    sum(closed)::BIGINT AS closed, sum(answered_in_threshold)::BIGINT AS answered_in_threshold,
    sum(abandoned_in_threshold)::BIGINT AS abandoned_in_threshold, sum(short_abandoned)::BIGINT AS short_abandoned,
    sum(callbacks_in_threshold)::BIGINT AS callbacks_in_threshold,
    coalesce(sum(offered) FILTER (answered_in_threshold IS NULL), 0)::BIGINT AS offered_without_clause
FROM mart_interval
WHERE vendor_code = $vendor AND local_date BETWEEN $first_day AND $last_day
GROUP BY ALL
ORDER BY ALL
