-- Evidence, one row per invoice of the last year: do its lines add up?
WITH bounds AS (SELECT max(period_end) - 365 AS since FROM invoices)
SELECT
    vendor_code AS vendor, invoice_id AS invoice, strftime(min(period_start), '%Y-%m-%d') AS day, count(*) AS lines,
    count(*) FILTER (abs(amount - quantity * unit_amount) > 0.02) AS lines_that_differ,
    count(*) FILTER (amount < 0) AS negative_lines, count(DISTINCT currency) AS currencies
FROM invoices, bounds
WHERE period_end >= since
GROUP BY ALL
ORDER BY vendor, day
