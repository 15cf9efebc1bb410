-- By vendor, queue and day: contacts that came and contacts that were forecast, as far as either is known.
WITH actual AS (
    SELECT vendor_code, queue_code, local_date, sum(offered)::BIGINT AS actual
    FROM mart_day WHERE local_date BETWEEN $first_day AND $last_day GROUP BY ALL
),
planned AS (
    SELECT
        vendor_code, queue_code, local_date, sum(offered_forecast) AS forecast, sum(training_s) AS training_s,
        sum(logged_s) AS logged_s
    FROM mart_staffing WHERE local_date BETWEEN $first_day AND $last_day GROUP BY ALL
)
SELECT * FROM actual FULL JOIN planned USING (vendor_code, queue_code, local_date)
ORDER BY vendor_code, queue_code, local_date
