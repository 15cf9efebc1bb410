-- Refunds by vendor, queue and week (its Monday). Amounts stay apart by currency.
SELECT
    vendor_code, queue_code, date_trunc('week', local_date)::DATE AS week, kind, currency,
    sum(refunds)::BIGINT AS refunds, sum(contacts)::BIGINT AS contacts, sum(orders)::BIGINT AS orders,
    sum(amount) AS amount, sum(amount_sq) AS amount_sq
FROM mart_refund
WHERE local_date BETWEEN $first_day AND $last_day OR local_date BETWEEN $other_first_day AND $other_last_day
GROUP BY ALL
ORDER BY ALL
