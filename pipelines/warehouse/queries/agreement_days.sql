-- What an agreement looks at by queue and day beside the sums of contacts: repeats, refunds, staffed time, forecast.
WITH repeats AS (
    SELECT
        queue_code, local_date, sum(repeat_eligible)::BIGINT AS repeat_eligible, sum(repeated)::BIGINT AS repeated,
        sum(repeat_open)::BIGINT AS repeat_open
    FROM mart_day
    WHERE vendor_code = $vendor
    GROUP BY ALL
),
refunds AS (
    -- In one currency; of several, amounts are not added (null).
    SELECT
        queue_code, local_date,
        sum(contacts) FILTER (kind <> 'reversal')::BIGINT AS refunded_contacts,
        CASE WHEN count(DISTINCT currency) = 1 THEN
            coalesce(sum(amount) FILTER (kind <> 'reversal'), 0) - coalesce(sum(abs(amount)) FILTER (kind = 'reversal'), 0)
        END AS refunded_amount,
        CASE WHEN count(DISTINCT currency) = 1 THEN coalesce(sum(amount) FILTER (kind = 'goodwill'), 0) END
            AS goodwill_amount,
        any_value(currency) AS refund_currency
    FROM mart_refund
    WHERE vendor_code = $vendor
    GROUP BY ALL
),
staffing AS (
    SELECT
        queue_code, local_date, sum(available_s) AS available_s, sum(talk_s) + sum(hold_s) + sum(acw_s) AS staffed_busy_s,
        sum(committed_hours) AS committed_hours, sum(scheduled_hours) AS scheduled_hours,
        sum(offered_forecast) AS forecast
    FROM mart_staffing
    WHERE vendor_code = $vendor
    GROUP BY ALL
)
SELECT * RENAME (queue_code AS queue)
FROM repeats
FULL JOIN refunds USING (queue_code, local_date)
FULL JOIN staffing USING (queue_code, local_date)
WHERE queue_code IS NOT NULL AND local_date IS NOT NULL
ORDER BY queue, local_date
