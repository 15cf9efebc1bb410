-- Grain: vendor x queue x day x kind x currency of a refund.
--
-- Money is never added over currencies. contacts and orders are distinct inside the line only: an order refunded on
-- two days counts on both. amount_sq adds up the squares of what went back per contact inside the line (per order,
-- where no contact is named), for the spread of a mean: every amount times its contact's total.
WITH told AS (
    SELECT
        *,
        sum(amount) OVER (
            PARTITION BY vendor_code, queue_code, local_date, kind, currency, coalesce(leg_id, order_ref, refund_id)
        ) AS of_contact
    FROM scope_refunds
)
SELECT
    vendor_code, queue_code, local_date, kind, currency,
    count(*) AS refunds, count(DISTINCT leg_id) AS contacts, count(DISTINCT order_ref) AS orders, sum(amount) AS amount,
    round(sum(amount::DOUBLE * of_contact::DOUBLE), 4) AS amount_sq
FROM told
GROUP BY ALL
