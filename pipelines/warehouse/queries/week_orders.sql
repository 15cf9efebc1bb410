-- Orders by vendor and week (its Monday).
SELECT
    vendor_code, date_trunc('week', local_date)::DATE AS week, currency,
    sum(orders)::BIGINT AS orders, sum(lines)::BIGINT AS lines, sum(amount) AS amount
FROM mart_order
WHERE local_date BETWEEN $first_day AND $last_day
GROUP BY ALL
ORDER BY ALL
