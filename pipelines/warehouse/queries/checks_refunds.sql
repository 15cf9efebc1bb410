-- Evidence, one row per vendor and day of the last three months: can the refunds be what they say?
WITH bounds AS (SELECT max(local_date) - 91 AS since FROM mart_refund)
SELECT
    vendor_code AS vendor, strftime(local_date, '%Y-%m-%d') AS day, sum(refunds)::BIGINT AS refunds,
    (sum(amount) / nullif(sum(refunds), 0))::DOUBLE AS mean_amount, min(amount)::DOUBLE AS smallest_amount,
    count(DISTINCT currency) AS currencies
FROM mart_refund, bounds
WHERE local_date >= since AND kind <> 'reversal'
GROUP BY ALL
ORDER BY vendor, day
