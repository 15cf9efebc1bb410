-- Evidence, one row per vendor and day of the last three months: are its contacts whole and usable?
WITH bounds AS (SELECT max(local_date) - 91 AS since FROM mart_day)
SELECT
    vendor_code AS vendor, strftime(local_date, '%Y-%m-%d') AS day, sum(offered)::BIGINT AS offered, sum(answered)::BIGINT AS answered,
    (sum(offered) - sum(answered) - sum(abandoned) - sum(flow_outs) - sum(callbacks) - sum(voicemail) - sum(errors))::BIGINT
        AS unaccounted,
    sum(waits_known)::DOUBLE / nullif(sum(answered) + sum(abandoned), 0) AS waits_known_rate,
    sum(handle_known)::DOUBLE / nullif(sum(answered), 0) AS handle_known_rate,
    sum(repeat_unknown)::DOUBLE / nullif(sum(answered), 0) AS customer_unknown_rate,
    sum(offered_without_clause)::DOUBLE / nullif(sum(offered), 0) AS without_clause_rate,
    sum(errors)::DOUBLE / nullif(sum(offered), 0) AS errors_rate,
    sum(talk_s) / nullif(sum(answered), 0) AS mean_talk_s,
    max(wait_max_s) AS longest_wait_s
FROM mart_day, bounds
WHERE local_date >= since
GROUP BY ALL
ORDER BY vendor, day
