-- Orders by vendor and week (its Monday).
SELECT
    vendor_code, date_trunc('week', local_date)::DATE AS week, currency,
    sum(orders)::BIGINT AS orders, sum(lines)::BIGINT AS lines, sum(amount) AS amount
FROM mart_order
WHERE local_date BETWEEN $first_day AND $last_day OR local_date BETWEEN $other_first_day AND $other_last_day
GROUP BY ALL
ORDER BY ALL
