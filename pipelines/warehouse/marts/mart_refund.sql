-- Grain: vendor x queue x day x kind x currency of a refund.
--
-- Money is never added over currencies. contacts and orders are distinct inside the line only: an order refunded on
-- two days counts on both.
SELECT
    vendor_code, queue_code, local_date, kind, currency,
    count(*) AS refunds, count(DISTINCT leg_id) AS contacts, count(DISTINCT order_ref) AS orders, sum(amount) AS amount
FROM scope_refunds
GROUP BY ALL
