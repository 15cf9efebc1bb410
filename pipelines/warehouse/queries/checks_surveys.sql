-- Evidence, one row per vendor asked about and day of the last three months: can the surveys be what they say?
WITH bounds AS (SELECT max(local_date) - 91 AS since FROM mart_survey)
SELECT
    vendor_code AS vendor, strftime(local_date, '%Y-%m-%d') AS day, sum(n)::BIGINT AS surveys,
    coalesce(sum(n) FILTER (score_raw NOT BETWEEN scale_min AND scale_max), 0)::BIGINT AS scores_outside,
    coalesce(sum(n) FILTER (excluded), 0)::DOUBLE / sum(n) AS excluded_rate,
    coalesce(sum(n) FILTER (score_raw IS NOT NULL), 0)::DOUBLE / sum(n) AS answered_rate,
    coalesce(sum(n) FILTER (queue_code IS NULL), 0)::DOUBLE / sum(n) AS queue_unknown_rate
FROM mart_survey, bounds
WHERE local_date >= since
GROUP BY ALL
ORDER BY vendor, day
