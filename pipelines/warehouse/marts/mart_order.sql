-- Grain: vendor x day x currency of orders: a denominator for refunds.
SELECT
    vendor_code, local_date, currency,
    count(DISTINCT order_ref) AS orders, count(*) AS lines, sum(amount) AS amount
FROM scope_orders
GROUP BY ALL
