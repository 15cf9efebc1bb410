-- Evidence, one row per vendor and reported day of the last three months: do the reported figures make sense at all?
WITH bounds AS (SELECT max(local_date) - 91 AS since FROM mart_report),
line AS (
    SELECT
        vendor_code, local_date, queue_scope, granularity, count(*) AS figures,
        max(value) FILTER (metric = 'offered') AS offered, max(value) FILTER (metric = 'answered') AS answered,
        max(value) FILTER (metric = 'abandoned') AS abandoned,
        count(*) FILTER (unit = 'rate' AND value NOT BETWEEN 0 AND 1) AS shares_outside,
        count(*) FILTER (unit = 'count' AND value < 0) AS negative_counts,
        count(*) FILTER (unit = 's' AND value > 86400 AND metric <> 'logged_s') AS durations_over_a_day,
        count(*) FILTER (decimals IS NULL AND unit <> 'count') AS decimals_unknown
    FROM mart_report, bounds
    WHERE local_date >= since
    GROUP BY ALL
)
SELECT
    vendor_code AS vendor, strftime(local_date, '%Y-%m-%d') AS day, count(*) AS lines, sum(figures)::BIGINT AS figures,
    count(*) FILTER (answered > offered) AS answered_over_offered,
    count(*) FILTER (answered + abandoned > offered) AS parts_over_offered,
    sum(shares_outside)::BIGINT AS shares_outside, sum(negative_counts)::BIGINT AS negative_counts,
    sum(durations_over_a_day)::BIGINT AS durations_over_a_day
FROM line
GROUP BY ALL
ORDER BY vendor, day
